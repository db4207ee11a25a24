"""What a model is and can do; each fact with its source and the date on which it was checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")

Ability = Literal["vision", "audio", "files", "tools", "json_schema", "reasoning"]

ABILITIES: tuple[Ability, ...] = ("vision", "audio", "files", "tools", "json_schema", "reasoning")
"""What a request may need beyond text."""


class Fact(msgspec.Struct, Generic[T], frozen=True):
    """A value, where it is stated (a URL, a library or a file), and when that was seen.

    checked: None where the source was not opened: the value is believed, and not checked.
    """

    value: T
    source: str
    checked: date | None = None


class Unlock(msgspec.Struct, frozen=True):
    """Headers and parameters without which a model writes less than it can.

    max_output: tokens that they allow. parameters: members of the request's body. starts, ends: the days from
    and until just before which the vendor takes them; None is open. checked: as a fact's.
    """

    max_output: int
    source: str
    checked: date | None = None
    headers: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, Any] = {}
    starts: date | None = None
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the vendor takes them on a day."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day < self.ends)


class Retirement(msgspec.Struct, frozen=True):
    """The end of a model: announced on a day, gone from another (UTC), and what the vendor names instead.

    successor: the id of a card. A day that is not known is None. checked: as a fact's.
    """

    source: str
    checked: date | None = None
    announced: date | None = None
    retired: date | None = None
    successor: str | None = None


class Card(msgspec.Struct, frozen=True):
    """A model: `id` is `vendor/model`.

    upstream: id of the upstream that answers. upstream_model: its name for the model. context_window,
    max_output_tokens: tokens, of several sources the smallest; what the other ones say is beside it.
    knowledge_cutoff: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. aliases: other names that the upstream takes for the
    same model at the same price. unlocks: what makes longer answers possible than `max_output_tokens`. A fact
    that is not known is None; so is `abilities`, while an empty set means text alone.
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
    other_context_windows: tuple[Fact[int], ...] = ()
    other_max_outputs: tuple[Fact[int], ...] = ()
    unlocks: tuple[Unlock, ...] = ()
    retirement: Retirement | None = None

    def longest_output(self, day: date) -> Fact[int] | None:
        """Return the most output tokens that can be had on a day, with what unlocks them."""
        base = self.max_output_tokens
        held = [unlock for unlock in self.unlocks if unlock.holds(day)]
        best = max(held, key=lambda unlock: unlock.max_output, default=None)
        if best is None or (base is not None and base.value >= best.max_output):
            return base
        return Fact(best.max_output, best.source, best.checked)


def weigh(facts: Iterable[Fact[int]]) -> tuple[Fact[int] | None, tuple[Fact[int], ...]]:
    """Return the smallest of a limit's facts, and the other ones; of equals, one that was checked."""
    ordered = sorted(facts, key=lambda fact: (fact.value, fact.checked is None))
    return (ordered[0], tuple(ordered[1:])) if ordered else (None, ())
