"""What a model is and can do; each fact with its source and the date on which it was checked."""

from __future__ import annotations

from datetime import date
from typing import Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")

Ability = Literal["vision", "audio", "files", "tools", "json_schema", "reasoning"]

ABILITIES: tuple[Ability, ...] = ("vision", "audio", "files", "tools", "json_schema", "reasoning")
"""What a request may need beyond text."""


class Fact(msgspec.Struct, Generic[T], frozen=True):
    """A value, where it is stated (a URL, a library or a file), and when that was checked."""

    value: T
    source: str
    checked: date


class Card(msgspec.Struct, frozen=True):
    """A model: `id` is `vendor/model`.

    upstream: id of the upstream that answers. upstream_model: its name for the model. context_window,
    max_output_tokens: tokens. knowledge_cutoff: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. aliases: other names that
    the upstream takes for the same model at the same price. A fact that is not known is None; so is
    `abilities`, while an empty set means text alone.
    """

    id: str
    vendor: str
    name: str
    upstream: str
    upstream_model: str
    context_window: Fact[int] | None = None
    max_output_tokens: Fact[int] | None = None
    abilities: frozenset[str] | None = None
    abilities_source: str | None = None
    abilities_checked: date | None = None
    knowledge_cutoff: Fact[str] | None = None
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    """Regular expressions of further names, such as dated versions."""
