"""Tool calls whose sink, the place that money, mail or data goes to, was chosen by a text without authority.

The rule, for each value of a sink; the first line that fits decides. A guessed sink is flagged where a
declared one is refused.

| the value | its line | the user | declared |
|---|---|---|---|
| a trusted text has it, or the user said yes to it | | | pass |
| no text has it: the model made it up, or worked it out | | | flag |
| untrusted texts alone have it | speaks to the model, over its user's head | | refuse |
| a trusted text has an URL's host | | asked for the call | pass |
| a trusted text has an URL's host | | did not, or unclearly | flag |
| untrusted texts alone have it | | asked for nothing of the sort | refuse |
| the same | names the tool | may have asked: the rules cannot tell | refuse |
| the same | | asked, or may have, and named another value | refuse |
| the same | | asked, or may have, to reply, and the line is not the message's head | refuse |
| an URL that carries the conversation's words besides | | asked, or may have | flag |
| untrusted texts have it encoded | | asked, or may have | flag |
| untrusted texts alone have it | has words of the request | may have asked | pass |
| the same | | may have asked | flag |
| the same | | asked, and speaks of the source, or of what stands about the value | pass |
| the same | | asked, and speaks of neither | flag |

So `pay the attached invoice`, `reply to her` and `open the first link` pass, with values that nobody typed.
What this cannot tell is a document that the user asks to act on and that is itself forged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from fen.hierarchy.finding import Finding
from fen.hierarchy.links import find_exfiltration
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.tracing.actions import words_of_tool
from fen.hierarchy.tracing.arguments import (
    Leaf,
    UnreadableError,
    find_shapes,
    find_values,
    guess_kind,
    guess_paths,
    leads_to,
    read_leaves,
    split_value,
)
from fen.hierarchy.tracing.provenance import Provenance, Spot, Texts, fold
from fen.hierarchy.tracing.references import (
    ADDRESSES_MODEL,
    HEADER,
    NAMES_ADDRESS,
    REFERS,
    REFERS_TO_SLOT,
    TO_ONESELF,
)
from fen.hierarchy.tracing.wish import Wish, find_wish, promote_agreed, words_in

Decision = Literal["pass", "flag", "refuse"]

_SEVERITY: Mapping[Decision, int] = MappingProxyType({"pass": 0, "flag": 1, "refuse": 2})
_AMOUNT = re.compile(
    r"\d\s*(?:eur|euros?|usd|dollars?|gbp|pounds?|yuan|rmb|元|块|€|\$|£)(?![a-z])|[€$£¥]\s*\d"
)
_BESIDE = 1_000  # characters before and after a value in which what it belongs to is named
_MOST_VALUES = 200  # distinct values of one call's sinks; what has more is judged no further
_TOO_MANY: tuple[str, Decision] = ("too_many", "refuse")
_NAME = re.compile(r"[\w.-]{1,64}")
_AROUND = 240  # characters of a line, before and after a value, that tell what it is


class ToolCallText(msgspec.Struct, frozen=True):
    """A call as the model made it; arguments: JSON text."""

    name: str
    arguments: str


class Sinks(msgspec.Struct, frozen=True):
    """The sinks of tools: by tool, by path, the kind.

    declared: by whoever runs the service or its client. A path leads through objects by members and through
    lists by themselves: `to`, `message.to`, `items[].url`, `*.url`. A kind is `address`, `url`, `amount`,
    `recipient`, or any word. guessed: by a tool's schema.
    """

    declared: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    guessed: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def with_schemas(self, schemas: Mapping[str, Mapping[str, Any]]) -> Sinks:
        """Return these with what the JSON schemas of a request's tools, by name, tell of formats."""
        return Sinks(self.declared, {name: guess_paths(schema) for name, schema in schemas.items()})

    def find(self, tool: str, leaf: Leaf) -> tuple[str, bool] | None:
        """Return a leaf's kind of sink and whether it is declared; None where it is none."""
        for path, kind in self.declared.get(tool, {}).items():
            if leads_to(path, leaf.path):
                return kind, True
        for path, kind in self.guessed.get(tool, {}).items():
            if leads_to(path, leaf.path):
                return kind, False
        kind = guess_kind(leaf)
        return None if kind is None else (kind, False)


class CallVerdict(msgspec.Struct, frozen=True):
    """What is to be done with a call, and why; call: it."""

    call: ToolCallText
    decision: Decision = "pass"
    findings: tuple[Finding, ...] = ()


class CallJudge:
    """Judges the calls that a model makes in answer to one request."""

    def __init__(self, pieces: Sequence[Piece], sinks: Sinks) -> None:
        self._sinks = sinks
        self._pieces = pieces = promote_agreed(pieces)
        self._texts = Texts(pieces)
        self._wish = find_wish(pieces)
        self._words = words_in(self._wish.text)

    def judge(self, call: ToolCallText, number: int = 0) -> CallVerdict:
        """Return the verdict on a call; number: its place among the answer's calls, for the findings.

        A call with more than 200 values is refused where they are declared.
        """
        decision: Decision = "pass"
        findings: list[Finding] = []
        values = sorted(
            dict.fromkeys(self._values(call)), key=lambda sink: not sink[3]
        )  # declared ones first
        for count, (path, value, kind, declared) in enumerate(values):
            found = self._texts.trace(value, kind) if count < _MOST_VALUES else Provenance("nowhere")
            why, right = self._decide(call, value, kind, found) if count < _MOST_VALUES else _TOO_MANY
            if right == "pass":
                continue
            right = right if declared else "flag"
            decision = max(decision, right, key=_SEVERITY.__getitem__)
            score = 1.0 if right == "refuse" else 0.5
            where = f"tool_calls[{number}].{_name(call.name)}" + (f".{_name(path)}" if path else "")
            findings.append(Finding(f"sink_{why}", where, _privilege_of(found), score))
            if count >= _MOST_VALUES:
                break
        return CallVerdict(call, decision, tuple(findings))

    def _values(self, call: ToolCallText) -> Iterator[tuple[str, str, str, bool]]:
        """Yield a call's sinks: path, value, kind, and whether it is declared.

        Of arguments that are no JSON whatever has a sink's shape: a lenient client may read them.
        """
        try:
            leaves = read_leaves(call.arguments)
        except UnreadableError:
            for kind, value in find_values(call.arguments):
                yield "", value, kind, call.name in self._sinks.declared
            return
        for leaf in leaves:
            sink = self._sinks.find(call.name, leaf)
            if sink is not None:
                for value in split_value(leaf.value, sink[0]):
                    yield leaf.path, value, *sink

    def _decide(self, call: ToolCallText, value: str, kind: str, found: Provenance) -> tuple[str, Decision]:
        """Return the word for what is wrong, and the decision for a declared sink: see the module's table."""
        if found.standing in ("given", "nowhere"):
            return ("", "pass") if found.standing == "given" else ("invented", "flag")
        asked = self._asks_for(call)
        if found.spots and all(_speaks_to_model(spot, call.name) for spot in found.spots):
            return "injected", "refuse"
        if found.standing == "same_host":
            return "unasked", "pass" if asked else "flag"
        if asked is False or (
            asked is None and found.spots and all(_orders(spot, call.name) for spot in found.spots)
        ):
            return "unasked", "refuse"
        if self._is_swapped(value, kind, found):
            return "swapped", "refuse"
        if find_exfiltration(value, self._pieces):
            return "carries", "flag"
        if not found.spots and kind != "amount":  # encoded, or in pieces: nobody writes so for a reader
            return "disguised", "flag"
        return self._check_reference(found, sure=asked is True)

    def _check_reference(self, found: Provenance, *, sure: bool) -> tuple[str, Decision]:
        """Decide on a call that was asked for, or may have been, by whether the user speaks of the value."""
        if not sure:
            known = self._wish.loose and any(self._words & words_in(_line_of(spot)) for spot in found.spots)
            return ("", "pass") if known else ("unclear", "flag")
        if REFERS.search(self._wish.text) or any(self._words & _words_beside(spot) for spot in found.spots):
            return "", "pass"
        return "unnamed", "flag"

    def _is_swapped(self, value: str, kind: str, found: Provenance) -> bool:
        """Whether the user meant another: they named one, or answer a message whose sender is another."""
        said = self._wish.text
        if _names_another(self._wish, value, kind) and REFERS_TO_SLOT.search(said) is None:
            return True
        if "@" not in value or not self._wish.only_replies or NAMES_ADDRESS.search(said):
            return False
        headed = [spot for spot in found.spots if HEADER.search(spot.text)]
        return bool(headed) and not any(HEADER.search(_line_of(spot)) for spot in headed)

    def _asks_for(self, call: ToolCallText) -> bool | None:
        """Whether the call was asked for; unclear where a clause that is not understood has its argument."""
        asked = self._wish.asks_for(call.name)
        if asked is not False or not self._wish.rest:
            return asked
        said = Texts([Piece((), self._wish.rest, Privilege.USER, "user")])
        try:
            leaves = read_leaves(call.arguments)
        except UnreadableError:
            return asked
        values = [leaf.value for leaf in leaves if 1 < len(leaf.value) <= _AROUND]
        return None if any(said.trace(value, "").standing == "given" for value in values) else asked


def judge_calls(
    calls: Sequence[ToolCallText], pieces: Sequence[Piece], sinks: Sinks
) -> tuple[CallVerdict, ...]:
    """Return a verdict on each call of an answer; pieces: the labelled texts of its request."""
    judge = CallJudge(pieces, sinks)
    return tuple(judge.judge(call, number) for number, call in enumerate(calls))


def _name(name: str) -> str:
    """Return a name that the model wrote; `?` where it could be anything."""
    return name if _NAME.fullmatch(name) else "?"


def _privilege_of(found: Provenance) -> Privilege:
    """Return the privilege of where a value was found; NONE, the model's own, where it was found nowhere."""
    return min((spot.piece.privilege for spot in found.spots), default=Privilege.NONE)


def _line_of(spot: Spot) -> str:
    """Return the line that a value stands in, with the one before it where that introduces it."""
    start = max(spot.text.rfind("\n", 0, spot.start) + 1, spot.start - _AROUND)
    end = spot.text.find("\n", spot.end)
    end = min(len(spot.text) if end < 0 else end, spot.end + _AROUND)
    before = spot.text[:start].rstrip()
    if before.endswith((":", "：")):
        start = max(before.rfind("\n") + 1, start - _AROUND)
    return spot.text[start:end]


def _speaks_to_model(spot: Spot, tool: str) -> bool:
    """Whether the line of a value gives the model an order, or names the tool as only programs do."""
    line = _line_of(spot)
    named = re.search(r"[^\W_][_-][^\W_]", tool) is not None and fold(tool) in line
    return named or ADDRESSES_MODEL.search(line) is not None


def _orders(spot: Spot, tool: str) -> bool:
    """Whether the line of a value has the tool's name in plain words, two of them at least."""
    words = words_of_tool(tool)
    return len(words) > 1 and " ".join(words) in _line_of(spot)


def _words_beside(spot: Spot) -> frozenset[str]:
    return words_in(spot.text[max(0, spot.start - _BESIDE) : spot.end + _BESIDE])


def _names_another(wish: Wish, value: str, kind: str) -> bool:
    """Whether the user names a value of the same shape as this one, which is not it: theirs is another."""
    if kind == "amount":
        return _AMOUNT.search(wish.text) is not None
    return TO_ONESELF.search(wish.text) is not None or bool(find_shapes(value) & find_shapes(wish.text))
