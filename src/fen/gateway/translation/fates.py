"""What becomes of request members that have no counterpart, as data.

A member that is neither here nor read by the translation itself is refused by its name, at every depth.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec


class Fate(msgspec.Struct, frozen=True):
    """What becomes of a member that is not translated.

    harmless: it is passed over, whatever it holds; `why` says why nothing of the answer is lost.
    neutral: the values that ask for nothing and are passed over; any other is refused. expected: what a
    refusal says was expected.
    """

    why: str
    harmless: bool = False
    neutral: tuple[Any, ...] = ()
    expected: str = "none"


def _harmless(why: str) -> Fate:
    return Fate(why, harmless=True)


def _only(*values: Any, why: str) -> Fate:
    shown = " or ".join(msgspec.json.encode(value).decode() for value in values)
    return Fate(why, neutral=values, expected=shown)


def _refused(why: str) -> Fate:
    return Fate(why)


_CACHE = _harmless("a hint to the prompt cache: it changes the bill and never the answer")
_STORED = "it keeps the answer at OpenAI"
_SAMPLING = "Anthropic has no such sampling option"

OPENAI_REQUEST: Mapping[str, Fate] = MappingProxyType(
    {
        "prompt_cache_key": _CACHE,
        "prompt_cache_retention": _CACHE,
        "prompt_cache_options": _CACHE,
        "n": _only(1, why="Anthropic gives one answer"),
        "frequency_penalty": _only(0, why=_SAMPLING),
        "presence_penalty": _only(0, why=_SAMPLING),
        "logit_bias": _only({}, why=_SAMPLING),
        "seed": _refused(_SAMPLING),
        "logprobs": _only(False, why="Anthropic tells no probabilities"),
        "top_logprobs": _only(0, why="Anthropic tells no probabilities"),
        "modalities": _only(["text"], why="Anthropic answers in text"),
        "audio": _refused("Anthropic answers in text"),
        "store": _only(False, why=_STORED),
        "metadata": _only({}, why=_STORED),
        "prediction": _refused("Anthropic takes no predicted output"),
        "verbosity": _refused("Anthropic has no such option"),
        "web_search_options": _refused("Anthropic's search is a tool with other options"),
        "moderation": _refused("Anthropic has no such option"),
        "functions": _only([], why="deprecated by OpenAI: `tools` is translated"),
        "function_call": _refused("deprecated by OpenAI: `tool_choice` is translated"),
    }
)
"""Members of a chat completions request towards Anthropic."""

OPENAI_STREAM_OPTIONS: Mapping[str, Fate] = MappingProxyType(
    {
        "include_usage": _harmless("Anthropic's streams always report usage"),
        "include_obfuscation": _only(False, why="Anthropic's streams have no padding"),
    }
)

OPENAI_PART: Mapping[str, Fate] = MappingProxyType({"prompt_cache_breakpoint": _CACHE})
"""Members of a content part towards Anthropic; `cache_control`, which clients send there, is translated."""

OPENAI_IMAGE: Mapping[str, Fate] = MappingProxyType(
    {"detail": _only("auto", why="Anthropic chooses the resolution")}
)

OPENAI_MESSAGE: Mapping[str, Fate] = MappingProxyType(
    {
        "name": _refused("Anthropic's turns have no names"),
        "audio": _refused("an id of OpenAI's"),
        "function_call": _refused("deprecated by OpenAI: `tool_calls` is translated"),
        "annotations": _only([], why="Anthropic's citations point into documents of the request"),
    }
)

OPENAI_SCHEMA: Mapping[str, Fate] = MappingProxyType(
    {
        "name": _harmless("a label; the model does not see it"),
        "strict": _harmless("Anthropic holds every schema strictly"),
        "description": _refused("Anthropic's formats have no description"),
    }
)
"""Members of `response_format.json_schema` towards Anthropic."""

ANTHROPIC_REQUEST: Mapping[str, Fate] = MappingProxyType(
    {
        "cache_control": _CACHE,
        "top_k": _refused("OpenAI has no such sampling option"),
        "container": _refused("a sandbox of Anthropic's"),
        "context_management": _refused("OpenAI edits no context"),
        "diagnostics": _refused("OpenAI tells nothing of its cache's misses"),
        "inference_geo": _refused("OpenAI has no such option"),
        "mcp_servers": _refused("Anthropic calls them itself"),
        "speed": _only("standard", why="OpenAI has no such option"),
    }
)
"""Members of a Messages request towards OpenAI."""

ANTHROPIC_BLOCK: Mapping[str, Fate] = MappingProxyType(
    {
        "cache_control": _CACHE,
        "citations": _only([], {"enabled": False}, why="OpenAI's parts have no citations"),
        "transformations": _only({}, why="OpenAI has no such option"),
        "context": _refused("OpenAI's files have no context"),
        "caller": _only({"type": "direct"}, why="a sandbox of Anthropic's called it"),
        "toolset_name": _refused("a toolset of Anthropic's"),
    }
)
"""Members of a content block towards OpenAI."""

ANTHROPIC_THINKING: Mapping[str, Fate] = MappingProxyType(
    {"signature": _harmless("a proof for Anthropic alone; other models cannot check it")}
)

ANTHROPIC_THINKING_CONFIG: Mapping[str, Fate] = MappingProxyType(
    {"display": _only("summarized", why="OpenAI has no such option")}
)

ANTHROPIC_TOOL: Mapping[str, Fate] = MappingProxyType(
    {
        "cache_control": _CACHE,
        "eager_input_streaming": _harmless("how finely the arguments stream, not what they say"),
        "defer_loading": _only(False, why="OpenAI loads every tool"),
        "allowed_callers": _only(["direct"], why="OpenAI's models call tools directly"),
        "input_examples": _only([], why="OpenAI's tools have no examples"),
    }
)
"""Members of a tool towards OpenAI."""
