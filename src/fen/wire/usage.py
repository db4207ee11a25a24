"""Usage as disjoint meters: every token is counted in exactly one of them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Meter = Literal[
    "input",
    "cached_input",
    "cache_write",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
    "image_input",
]

METERS: tuple[Meter, ...] = (
    "input",
    "cached_input",
    "cache_write",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
    "image_input",
)


MOST_TOKENS = 10**12
"""No call has more tokens; a report that says so is cut, so that its cost can still be written down."""


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one call, each counted once.

    `input` is fresh text input only; what came from a cache is `cached_input`, what was written to one
    `cache_write`. `output` excludes `reasoning` and `audio_output`. Vendors report totals that overlap
    (OpenAI's `prompt_tokens` contains `cached_tokens`); the upstream's adapter takes them apart once.
    """

    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    audio_input: int = 0
    audio_output: int = 0
    image_input: int = 0

    @property
    def prompt_tokens(self) -> int:
        """All that the model read."""
        return self.input + self.cached_input + self.cache_write + self.audio_input + self.image_input

    @property
    def completion_tokens(self) -> int:
        """All that the model wrote."""
        return self.output + self.reasoning + self.audio_output

    @property
    def total_tokens(self) -> int:
        """Read and written together."""
        return self.prompt_tokens + self.completion_tokens


class PromptTokensDetails(msgspec.Struct, frozen=True):
    """OpenAI's `prompt_tokens_details`; parts of `prompt_tokens`."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class CompletionTokensDetails(msgspec.Struct, frozen=True):
    """OpenAI's `completion_tokens_details`; parts of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class OpenAIUsage(msgspec.Struct, frozen=True):
    """OpenAI's usage object, with DeepSeek's `prompt_cache_hit_tokens` and Moonshot's `cached_tokens`."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    prompt_cache_hit_tokens: int | None = None
    cached_tokens: int | None = None


class UsageReading(msgspec.Struct, frozen=True):
    """Normalised usage and what was implausible in the report (empty when nothing was)."""

    usage: Usage
    flags: tuple[str, ...] = ()


def read_openai_usage(reported: OpenAIUsage) -> UsageReading:
    """Take OpenAI's overlapping totals apart into disjoint meters.

    A negative count is read as 0 and a part larger than its whole is cut to it; both are flagged, and so is
    a total that is not the sum: implausible usage is never silently trusted. Where the total shows that
    reasoning was counted beside `completion_tokens` and not within (xAI's documentation: "counted
    separately from completion_tokens, but ... in the total_tokens"), it is added to it.
    """
    plain = _read_plain(reported)
    if plain is not None:
        return plain
    flags: list[str] = []
    prompt = read_count(reported.prompt_tokens, "prompt_tokens", flags)
    completion = read_count(reported.completion_tokens, "completion_tokens", flags)
    read = reported.prompt_tokens_details or PromptTokensDetails()
    written = reported.completion_tokens_details or CompletionTokensDetails()
    cached = _first(read.cached_tokens, reported.prompt_cache_hit_tokens, reported.cached_tokens)
    thought = max(0, written.reasoning_tokens or 0)
    total = reported.total_tokens
    if total is not None and total != (reported.prompt_tokens or 0) + (reported.completion_tokens or 0):
        if thought and total == prompt + completion + thought:
            completion += thought
        else:
            flags.append("total_not_sum")
    fresh, parts = _split(
        prompt,
        (
            ("cached_tokens", cached),
            ("cache_write_tokens", read.cache_write_tokens),
            ("prompt_audio_tokens", read.audio_tokens),
            ("image_tokens", read.image_tokens),
        ),
        flags,
    )
    output, made = _split(
        completion,
        (("reasoning_tokens", written.reasoning_tokens), ("completion_audio_tokens", written.audio_tokens)),
        flags,
    )
    usage = Usage(fresh, parts[0], parts[1], output, made[0], parts[2], made[1], parts[3])
    return UsageReading(usage, tuple(flags))


def write_openai_usage(usage: Usage) -> dict[str, Any]:
    """Return OpenAI's usage object, whose totals contain their parts."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_input,
            "cache_write_tokens": usage.cache_write,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _read_plain(reported: OpenAIUsage) -> UsageReading | None:
    """Read the usual report, two counts and their sum, at a third of the cost; None for any other."""
    prompt, completion = reported.prompt_tokens, reported.completion_tokens
    if prompt is None or completion is None or reported.total_tokens != prompt + completion:
        return None
    if not (0 <= prompt <= MOST_TOKENS and 0 <= completion <= MOST_TOKENS):
        return None
    cached = reported.prompt_cache_hit_tokens or reported.cached_tokens
    if cached or _says_more(reported.prompt_tokens_details) or _says_more(reported.completion_tokens_details):
        return None
    return UsageReading(Usage(prompt, output=completion))


def _says_more(details: PromptTokensDetails | CompletionTokensDetails | None) -> bool:
    return details is not None and any(msgspec.structs.astuple(details))


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def read_count(value: int | None, name: str, flags: list[str]) -> int:
    """Return a reported count within 0 and MOST_TOKENS; what had to be put right is added to the flags."""
    if value is None:
        flags.append(f"missing_{name}")
        return 0
    if value < 0:
        flags.append(f"negative_{name}")
        return 0
    if value > MOST_TOKENS:
        flags.append(f"implausible_{name}")
        return MOST_TOKENS
    return value


def _split(whole: int, parts: tuple[tuple[str, int | None], ...], flags: list[str]) -> tuple[int, list[int]]:
    taken: list[int] = []
    for name, value in parts:
        part = value or 0
        if part < 0 or part > whole:
            flags.append(f"implausible_{name}")
            part = min(max(part, 0), whole)
        whole -= part
        taken.append(part)
    return whole, taken
