"""Anthropic's usage, put into Fen's disjoint meters."""

from __future__ import annotations

import msgspec

from fen.wire.usage import Usage, UsageReading, read_count


class CacheCreation(msgspec.Struct, frozen=True):
    """Tokens written to the prompt cache, by how long they stay; together `cache_creation_input_tokens`."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class OutputTokensDetails(msgspec.Struct, frozen=True):
    """Parts of `output_tokens`."""

    thinking_tokens: int | None = None


class ServerToolUse(msgspec.Struct, frozen=True):
    """Calls of tools that Anthropic runs and bills apart from tokens."""

    web_search_requests: int | None = None
    web_fetch_requests: int | None = None


class AnthropicUsage(msgspec.Struct, frozen=True):
    """Anthropic's usage object: `input_tokens` excludes what a cache gave or took."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: OutputTokensDetails | None = None
    server_tool_use: ServerToolUse | None = None


def merge_usage(begun: AnthropicUsage | None, ended: AnthropicUsage) -> AnthropicUsage:
    """Return what a stream has reported so far: `message_start`'s usage, with `message_delta`'s over it.

    The counts are cumulative and the second report may leave some out. A count never falls: servers that
    speak this format have sent 0 in one of the two places.
    """
    if begun is None:
        return ended
    kept: dict[str, object] = {}
    for name in ended.__struct_fields__:
        old, new = getattr(begun, name), getattr(ended, name)
        if new is None:
            kept[name] = old
        elif isinstance(old, int) and isinstance(new, int):
            kept[name] = max(old, new)
    return msgspec.structs.replace(ended, **kept)


def read_anthropic_usage(reported: AnthropicUsage) -> UsageReading:
    """Put a report into meters; its counts are disjoint already, but for thinking within the output.

    A count that is missing or negative is read as 0, and a part larger than its whole is cut to it; both are
    flagged. So is what the meters do not tell apart and a vendor bills at another rate: tokens cached for an
    hour (`cache_write_1h`) and calls of server tools (`server_tool_use`).
    """
    flags: list[str] = []
    fresh = read_count(reported.input_tokens, "input_tokens", flags)
    read = _count(reported.cache_read_input_tokens, "cache_read_input_tokens", flags)
    written = _count_writes(reported, flags)
    output = read_count(reported.output_tokens, "output_tokens", flags)
    details = reported.output_tokens_details or OutputTokensDetails()
    thought = _count(details.thinking_tokens, "thinking_tokens", flags)
    if thought > output:
        flags.append("implausible_thinking_tokens")
        thought = output
    tools = reported.server_tool_use or ServerToolUse()
    if (tools.web_search_requests or 0) > 0 or (tools.web_fetch_requests or 0) > 0:
        flags.append("server_tool_use")
    usage = Usage(
        input=fresh, cached_input=read, cache_write=written, output=output - thought, reasoning=thought
    )
    return UsageReading(usage, tuple(flags))


def _count_writes(reported: AnthropicUsage, flags: list[str]) -> int:
    written = _count(reported.cache_creation_input_tokens, "cache_creation_input_tokens", flags)
    parts = reported.cache_creation
    if parts is None:
        return written
    hour = _count(parts.ephemeral_1h_input_tokens, "ephemeral_1h_input_tokens", flags)
    both = hour + _count(parts.ephemeral_5m_input_tokens, "ephemeral_5m_input_tokens", flags)
    if hour:
        flags.append("cache_write_1h")
    if both != written:
        flags.append("cache_creation_not_sum")
    return max(both, written)


def _count(value: int | None, name: str, flags: list[str]) -> int:
    """Return a count that a report may leave out."""
    return 0 if value is None else read_count(value, name, flags)
