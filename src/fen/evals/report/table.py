"""A report's table as text, before it is laid out for a terminal, Markdown or HTML."""

from __future__ import annotations

from typing import Literal

import msgspec

from fen.evals.report.words import Words

Kind = Literal["text", "id", "figure", "model", "series"]


class Heading(msgspec.Struct, frozen=True):
    """A column: `figure` and a model's `series` are set to the right, `id` and `model` stay whole."""

    title: str
    kind: Kind = "text"


class Table(msgspec.Struct, frozen=True):
    """Rows below headings, with lines that are to be read beside them."""

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def head(words: Words, *keys: str, kind: Kind = "figure") -> tuple[Heading, ...]:
    """Return headings of one kind, called by the report's words."""
    return tuple(Heading(words(key), kind) for key in keys)
