"""What becomes of members of a Responses request that a chat completion has no counterpart for, as data.

A member that is neither here nor read by the translation itself is refused by its name, at every depth.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from fen.gateway.translation.fates import Fate


def _harmless(why: str) -> Fate:
    return Fate(why, harmless=True)


def _only(*values: Any, why: str) -> Fate:
    shown = " or ".join(msgspec.json.encode(value).decode() for value in values)
    return Fate(why, neutral=values, expected=shown)


def _refused(why: str) -> Fate:
    return Fate(why)


_STATE = "Fen keeps no answers: send the whole conversation as input"
_TOOLS = "OpenAI runs such tools itself"
_CACHE = _harmless("a hint to the prompt cache: it changes the bill and never the answer")
_NAME = _harmless("a name that the item has where it is kept; the model does not see it")

REQUEST: Mapping[str, Fate] = MappingProxyType(
    {
        "store": _only(False, why=_STATE),
        "previous_response_id": _refused(_STATE),
        "conversation": _refused(_STATE),
        "prompt": _refused("a template that OpenAI keeps"),
        "background": _only(False, why=_STATE),
        "background_options": _only({}, why=_STATE),
        "context_management": _only([], why="a chat completion edits no context"),
        "truncation": _only("disabled", why="a chat completion drops no turns"),
        "max_tool_calls": _refused(_TOOLS),
        "moderation": _refused("a chat completion has no such option"),
        "image": _only({}, why="a chat completion has no such option"),
        "access_programs": _only({}, why="a chat completion has no such option"),
    }
)

STREAM_OPTIONS: Mapping[str, Fate] = MappingProxyType(
    {"include_obfuscation": _only(False, why="Fen's streams have no padding")}
)

REASONING: Mapping[str, Fate] = MappingProxyType(
    {
        "summary": _only("auto", why="a chat completion summarises nothing; what is shown is the reasoning"),
        "generate_summary": _only("auto", why="a chat completion summarises nothing"),
        "context": _only("auto", why="a chat completion has no such option"),
        "mode": _only("standard", why="a chat completion has no such option"),
    }
)

TOOL: Mapping[str, Fate] = MappingProxyType(
    {
        "allowed_callers": _only(["direct"], why=_TOOLS),
        "defer_loading": _only(False, why="a chat completion loads every tool"),
        "output_schema": _only({}, why="a chat completion's tools have none"),
        "async": _only(False, why="a chat completion waits for every tool"),
    }
)

ITEM: Mapping[str, Fate] = MappingProxyType(
    {
        "id": _NAME,
        "status": _harmless("how far the item once was; it is sent whole"),
        "phase": _only("final_answer", why="a chat completion's turns have no phases"),
        "namespace": _refused("a chat completion's tools have no namespaces"),
        "caller": _only({"type": "direct"}, why=_TOOLS),
        "async": _only(False, why="a chat completion waits for every tool"),
        "created_by": _NAME,
    }
)
"""Members of any input item."""

REASONING_ITEM: Mapping[str, Fate] = MappingProxyType(
    {
        "id": _NAME,
        "status": _harmless("how far the item once was; it is sent whole"),
        "summary": _only([], why="a summary is not what the model thought"),
    }
)

PART: Mapping[str, Fate] = MappingProxyType(
    {
        "prompt_cache_breakpoint": _CACHE,
        "annotations": _harmless("what the answer cited was told to the client; the model reads its text"),
        "logprobs": _harmless("figures about an answer that was given, no part of it"),
    }
)
"""Members of any content part."""

IMAGE: Mapping[str, Fate] = MappingProxyType(
    {"prompt_cache_breakpoint": _CACHE, "file_id": _refused("a chat completion's images have no ids")}
)

FILE: Mapping[str, Fate] = MappingProxyType(
    {
        "prompt_cache_breakpoint": _CACHE,
        "file_url": _refused("a chat completion takes files as data or by id"),
        "detail": _only("auto", why="a chat completion's files have no detail"),
    }
)
"""Members of a file part."""
