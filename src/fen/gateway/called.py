"""The calls of tools in OpenAI's answers, put together from a message or from a stream's chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fen.hierarchy.sinks import CallVerdict, ToolCallText
from fen.wire.answer import CalledFunction, CalledTool

Judge = Callable[[ToolCallText, int], CallVerdict]
"""Returns the verdict on a call, by its place among its answer's: `CallJudge.judge`."""

Report = Callable[[CallVerdict], None]
"""Is told each verdict, once: before the call goes out, or instead of that."""

Tree = dict[str, msgspec.Raw]
"""An object's members, each as its JSON text."""

CALLS = ("tool_calls", "function_call")
"""The members that have calls; the second is OpenAI's older one."""

_decode_tree = msgspec.json.Decoder(Tree).decode
_decode_trees = msgspec.json.Decoder(list[Tree]).decode
_decode_calls = msgspec.json.Decoder(list[CalledTool]).decode
_decode_function = msgspec.json.Decoder(CalledFunction).decode
_encode = msgspec.json.Encoder().encode
_OLDER = -1  # the index of a call in the older format


class _Custom(msgspec.Struct, frozen=True):
    """A call of a tool that takes free text."""

    name: str | None = None
    input: str | None = None


_decode_custom = msgspec.json.Decoder(_Custom).decode


class HeldCalls:
    """The calls of one choice.

    A delta belongs to the call of its index; one with another id begins a new call there, as servers have it
    that number none.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._at: dict[int | None, _Call] = {}

    def feed(self, calls: Sequence[CalledTool]) -> None:
        """Take more of the calls."""
        for delta in calls:
            call = self._find(delta.index, delta.id)
            if delta.function is not None:
                call.add(delta.function.name, delta.function.arguments)

    def list_texts(self) -> list[ToolCallText]:
        """Return the calls as far as they came, in their order."""
        return [ToolCallText(call.name, "".join(call.arguments)) for call in self._calls]

    def are_allowed(self, judge: Judge, report: Report) -> bool:
        """Judge all the calls, and say whether none is refused."""
        verdicts = [judge(call, at) for at, call in enumerate(self.list_texts())]
        for verdict in verdicts:
            report(verdict)
        return all(verdict.decision != "refuse" for verdict in verdicts)

    def _find(self, index: int | None, identity: str | None) -> _Call:
        call = self._at.get(index)
        if call is None or (identity and call.identity and identity != call.identity):
            call = self._at[index] = _Call()
            self._calls.append(call)
        call.identity = call.identity or identity
        return call


class _Call:
    """One call as far as it came."""

    def __init__(self) -> None:
        self.identity: str | None = None
        self.name = ""
        self.arguments: list[str] = []

    def add(self, name: str | None, arguments: object) -> None:
        if name and name != self.name:  # some servers say the name with each delta
            self.name += name
        if isinstance(arguments, str):
            self.arguments.append(arguments)
        elif arguments is not None:
            self.arguments.append(_encode(arguments).decode())


def read_calls(message: Tree) -> list[CalledTool]:
    """Return the calls, or pieces of them, of a message or a delta.

    Raises msgspec.DecodeError where they are none of OpenAI's.
    """
    calls: list[CalledTool] = []
    if is_there(message, "tool_calls"):
        raw = _decode_trees(message["tool_calls"])
        calls = [_with_custom(*both) for both in zip(_decode_calls(message["tool_calls"]), raw, strict=True)]
    if is_there(message, "function_call"):
        calls.append(CalledTool(_OLDER, function=_decode_function(message["function_call"])))
    return calls


def is_there(tree: Tree, name: str) -> bool:
    """Whether a member is there and says something."""
    return name in tree and bytes(tree[name]) not in (b"null", b"[]", b'""')


def members_of(tree: Tree, name: str) -> Tree:
    """Return the members of an object's member; none where it is not there."""
    return _decode_tree(tree[name]) if is_there(tree, name) else {}


def without_calls(message: Tree) -> Tree:
    """Return a message or a delta without its calls."""
    return {name: value for name, value in message.items() if name not in CALLS}


def raw(value: object) -> msgspec.Raw:
    """Return a value as JSON text."""
    return msgspec.Raw(_encode(value))


def _with_custom(call: CalledTool, tree: Tree) -> CalledTool:
    if not is_there(tree, "custom"):
        return call
    custom = _decode_custom(tree["custom"])
    return msgspec.structs.replace(call, function=CalledFunction(custom.name, custom.input))
