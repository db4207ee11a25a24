"""Reading a JSON object member by member, so that nothing in it can be overlooked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from fen.gateway.translation.fates import Fate
from fen.wire.errors import UNTRANSLATABLE, FenError, InvalidRequest, Unsupported, UpstreamFailed

Json = dict[str, Any]
T = TypeVar("T")

_SHOWN = 60  # characters of a value that an error message shows
_NAMES: dict[type, str] = {
    str: "text",
    dict: "an object",
    list: "a list",
    bool: "true or false",
    int: "an integer",
}


class Members:
    """The members of one object; each is taken once, and what is left over has to be accounted for.

    A member that is null counts as absent where it is known. path: where the object stands, for messages.
    target: the wire format into which it is translated.
    """

    def __init__(self, tree: Any, path: str, target: str) -> None:
        self.path = path
        self.target = target
        if not isinstance(tree, dict):
            raise self.wrong("", tree, "an object")
        self._rest = dict(cast("Json", tree))

    def take(self, name: str, kind: type[T]) -> T | None:
        """Take an optional member of a kind (true is no integer); None where it is absent or null."""
        value = self._rest.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(name, value, _NAMES[kind])
        return value

    def need(self, name: str, kind: type[T]) -> T:
        """Take a member that must be there."""
        value = self.take(name, kind)
        if value is None:
            raise self.wrong(name, None, _NAMES[kind])
        return value

    def number(self, name: str) -> int | float | None:
        """Take an optional number."""
        value = self._rest.pop(name, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.wrong(name, value, "a number")
        return value

    def take_any(self, name: str) -> Any:
        """Take a member of whatever kind; None where it is absent."""
        return self._rest.pop(name, None)

    def tree(self, name: str) -> Json | None:
        """Take an optional object that is handed on as it is."""
        return cast("Json | None", self.take(name, dict))

    def need_tree(self, name: str) -> Json:
        """Take an object that must be there and is handed on as it is."""
        return cast("Json", self.need(name, dict))

    def need_inside(self, name: str) -> Members:
        """Take an object that must be there, to be read in turn."""
        return self.at(name, self.need_tree(name))

    def inside(self, name: str) -> Members | None:
        """Take a member that is an object, to be read in turn."""
        value = self.take_any(name)
        return None if value is None else self.at(name, value)

    def each(self, name: str) -> list[Members]:
        """Take a list of objects, to be read in turn; empty where it is absent."""
        return [self.at(f"{name}[{i}]", item) for i, item in enumerate(self.take_list(name))]

    def take_list(self, name: str) -> list[Any]:
        """Take a list; empty where it is absent."""
        value = self.take_any(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, value, "a list")
        return cast("list[Any]", value)

    def at(self, name: str, tree: Any) -> Members:
        """Return the reader of an object that stands at a name below this one."""
        return type(self)(tree, self.where(name), self.target)

    def where(self, name: str) -> str:
        """Return the path of a member."""
        return f"{self.path}.{name}" if self.path and name else self.path or name

    def rest(self) -> Json:
        """Take all that is left and says something: neither null nor empty."""
        left = {
            name: value for name, value in self._rest.items() if value is not None and value not in ([], {})
        }
        self._rest = {}
        return left

    def close(self, fates: Mapping[str, Fate] | None = None) -> None:
        """Account for all that is left: what a fate lets pass is passed over.

        Raises Unsupported, naming the first member that has no counterpart.
        """
        for name, value in self._rest.items():
            fate = (fates or {}).get(name)
            if fate is None:
                raise self.untranslatable(name, value, "no member of that name")
            if not fate.harmless and value is not None and value not in fate.neutral:
                raise self.untranslatable(name, value, fate.expected, fate.why)

    def wrong(self, name: str, found: Any, expected: str) -> FenError:
        """Return the error for a member that is malformed."""
        path = self.where(name) or "the body"
        message = f"{path}: found {show(found)}, expected {expected}"
        return InvalidRequest(message, param=path, code="invalid_type")

    def untranslatable(self, name: str, found: Any, expected: str, why: str = "") -> FenError:
        """Return the error for a member without a counterpart."""
        path = self.where(name)
        message = f"{path}: found {show(found)}, expected {expected}: {self.refusal(why)}"
        return Unsupported(message, param=path, code=UNTRANSLATABLE)

    def refusal(self, why: str) -> str:
        """Return how a message says that something has no counterpart."""
        return f"it cannot be translated to {self.target}" + (f" ({why})" if why else "")


class AnswerMembers(Members):
    """The same for what an upstream answered, whose faults are not the client's."""

    def wrong(self, name: str, found: Any, expected: str) -> FenError:
        """Return the error for an answer that is malformed."""
        path = self.where(name) or "the answer"
        return UpstreamFailed(f"{path}: found {show(found)} in the upstream's answer, expected {expected}")

    def untranslatable(self, name: str, found: Any, expected: str, why: str = "") -> FenError:
        """Return the error for an answer that would lose something."""
        path = self.where(name)
        found_there = f"found {show(found)} in the upstream's answer"
        message = f"{path}: {found_there}, expected {expected}: {self.refusal(why)}"
        return UpstreamFailed(message, code=UNTRANSLATABLE)


def show(value: Any) -> str:
    """Return a value as a message may show it."""
    if value is None:
        return "nothing"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def read_tree(body: bytes) -> Any:
    """Decode a request's body.

    Raises InvalidRequest where it is not JSON, or has a number that nothing can hold.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"found a body that cannot be read ({error}), expected a JSON object") from None


def read_answer(body: bytes) -> Any:
    """Decode an answer or an event of an upstream.

    Raises UpstreamFailed where it is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found an answer that is not JSON ({error})") from None
