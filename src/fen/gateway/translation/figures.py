"""Usage and the reasons why answers end, in each format's terms."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from fen.gateway.translation.members import Json, Members
from fen.wire.usage import Usage

T = TypeVar("T")

_READ = frozenset(
    {
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "output_tokens_details",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "prompt_cache_hit_tokens",
        "prompt_cache_miss_tokens",
        "cached_tokens",
    }
)

_STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}


def stop_reason(finish: str | None, *, called: bool, refused: bool) -> str | None:
    """Return Anthropic's word for a finish_reason; one that is not known is handed on as it is.

    Some servers say `stop` after a call of a tool, and OpenAI says it after a refusal: Anthropic's clients
    go by the reason, so there it is the one that fits the content.
    """
    if finish == "stop" and called:
        return "tool_use"
    if finish == "stop" and refused:
        return "refusal"
    return None if finish is None else _STOPS.get(finish, finish)


def implied(finish: str | None) -> str | None:
    """Return the stop_reason that a finish_reason lets assume; another one has to be told beside it."""
    return _STOPS.get(finish) if finish else None


def anthropic_usage(usage: Usage) -> Json:
    """Return Anthropic's usage object, whose input counts are disjoint."""
    made: Json = {
        "input_tokens": usage.prompt_tokens - usage.cached_input - usage.cache_write,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cached_input,
        "output_tokens": usage.completion_tokens,
    }
    if usage.reasoning:
        made["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return made


def take_usage(answer: Members, kind: type[T]) -> tuple[T | None, Json]:
    """Take a usage object: what is read of it, and the members that say more.

    Raises what `answer` raises for a malformed member.
    """
    tree: Any = answer.tree("usage")
    if tree is None:
        return None, {}
    try:
        read = msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        raise answer.wrong("usage", tree, f"counts of tokens ({error})") from None
    more = {name: value for name, value in tree.items() if name not in _READ and value is not None}
    return read, more
