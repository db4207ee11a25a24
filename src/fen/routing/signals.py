"""Signals of an answer: what can be told from it without knowing whether it is right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

_HEDGES = re.compile(
    r"\b(?:not (?:entirely |quite )?sure|unsure|uncertain|i (?:think|believe|guess)|might be|may be"
    r"|possibly|perhaps|probably|hard to say|it is unclear|assuming)\b"
    r"|可能|也许|大概|不确定|不太清楚|或许|我猜|应该是",
    re.IGNORECASE,
)
_REFUSALS = re.compile(
    r"\bi(?: am|'m|’m) (?:sorry|unable)\b"
    r"|\bi (?:can(?:not|'t|’t| not)|won['’]t|will not) (?:help|assist|answer|provide|do)"
    r"|\bas an ai\b|抱歉|对不起|无法(?:回答|提供|协助|帮助)|不能(?:回答|提供|协助|帮助)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_OPTION = re.compile(
    r"(?:answer|option|choice|答案|选)\W{0,12}(?:is\W{1,4}|是|为)?\W{0,4}([A-J])\b", re.IGNORECASE
)
_GRAM = 3
_OPENING = 300
"""Characters within which a refusal stands, if it is one."""


class Call(msgspec.Struct, frozen=True):
    """A call of a tool: its name, and its arguments as JSON text."""

    name: str
    arguments: str


class Reply(msgspec.Struct, frozen=True):
    """An answer of the cheap model, as far as signals are read from it.

    finish: why it ended, in OpenAI's words. logprobs: of its tokens, where they were asked for. second: what
    a second cheap model answered. test: whether a test of the client's, or a tool that was called, passed.
    """

    text: str
    finish: str | None = None
    calls: tuple[Call, ...] = ()
    logprobs: tuple[float, ...] = ()
    second: str | None = None
    test: bool | None = None


class Signals(msgspec.Struct, frozen=True):
    """What was told from an answer; None where it was not asked for, or cannot be told.

    characters: of its text. hedges: how often it says that it is not sure. agreement: with a second answer, 0
    to 1. logprob: mean of its tokens. verified: probability that it is right, by the artefact's verifier.
    """

    characters: int
    finish: str | None = None
    hedges: int = 0
    refusal: bool = False
    called: int = 0
    schema: bool | None = None
    tools: bool | None = None
    test: bool | None = None
    agreement: float | None = None
    logprob: float | None = None
    verified: float | None = None


def read_signals(
    reply: Reply, schema: Mapping[str, Any] | None = None, tools: Mapping[str, Any] | None = None
) -> Signals:
    """Return an answer's signals.

    schema: of the answer as JSON, where the client asked for one. tools: by name, the schema of the
    arguments. An answer that calls tools need not meet the schema.
    """
    called = len(reply.calls)
    return Signals(
        characters=len(reply.text),
        finish=reply.finish,
        hedges=len(_HEDGES.findall(reply.text)),
        refusal=_REFUSALS.search(reply.text[:_OPENING]) is not None,
        called=called,
        schema=None if schema is None or called else _fits(reply.text, schema),
        tools=check_calls(reply.calls, tools or {}) if called else None,
        test=reply.test,
        agreement=None if reply.second is None else agree(reply.text, reply.second),
        logprob=sum(reply.logprobs) / len(reply.logprobs) if reply.logprobs else None,
    )


def check_calls(calls: Sequence[Call], tools: Mapping[str, Any]) -> bool | None:
    """Whether every call names a tool and its arguments fit; None where a schema cannot be used."""
    found: list[bool | None] = []
    for call in calls:
        if call.name not in tools:
            return False
        schema = tools[call.name]
        found.append(_fits(call.arguments or "{}", {"type": "object"} if schema is None else schema))
    if False in found:
        return False
    return None if None in found else True


def _fits(text: str, schema: Mapping[str, Any]) -> bool | None:
    from fen.routing.validity import is_valid  # noqa: PLC0415  jsonschema, where nobody asks for a schema

    return is_valid(text, schema)


def agree(first: str, second: str) -> float:
    """Return how far two answers agree, 0 to 1.

    Where both end in an option or in a number, that alone decides; otherwise the share of common pieces of
    three characters (Dice 1945), of which Chinese needs no segmentation.
    """
    ends = [_find_end(text) for text in (first, second)]
    if ends[0] is not None and ends[1] is not None:
        return float(ends[0] == ends[1])
    left, right = (_cut(text) for text in (first, second))
    if not left or not right:
        return float(first.split() == second.split())
    return 2 * len(left & right) / (len(left) + len(right))


def _find_end(text: str) -> str | None:
    """Return the option or number that an answer comes to, if its last line has one."""
    lines = text.strip().splitlines()
    if not lines:
        return None
    last = lines[-1]
    if options := _OPTION.findall(last):
        return options[-1].upper()
    if len(alone := last.strip(" .()*`")) == 1 and alone.upper() in "ABCDEFGHIJ":
        return alone.upper()
    numbers = _NUMBER.findall(last)
    if not numbers:
        return None
    number = numbers[-1].replace(",", "")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _cut(text: str) -> set[str]:
    squeezed = " ".join(text.lower().split())
    return {squeezed[at : at + _GRAM] for at in range(len(squeezed) - _GRAM + 1)}
