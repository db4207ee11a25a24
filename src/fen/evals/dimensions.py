"""Dimensions: what a score is about, in English and Chinese, and how they add up to a total."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from statistics import fmean

import msgspec

from fen.evals.nearest import suggest
from fen.wire.errors import ConfigError


class Dimension(msgspec.Struct, frozen=True):
    """What some suites measure; an industry is one too, outside every group. about: one line for a reader."""

    en: str
    zh: str
    about: str


class Group(msgspec.Struct, frozen=True):
    """Dimensions that count as one in a total."""

    en: str
    zh: str
    dimensions: tuple[str, ...]


class Total(msgspec.Struct, frozen=True):
    """The rule of the total, in words that are printed beside it."""

    rule: str
    rule_zh: str


class Dimensions(msgspec.Struct, frozen=True):
    """All that `dimensions.toml` says, in its order."""

    total: Total
    groups: dict[str, Group]
    dimensions: dict[str, Dimension]
    industries: dict[str, Dimension]

    def find(self, name: str) -> Dimension:
        """Return a dimension or an industry; raises ConfigError that suggests close names."""
        known = {**self.dimensions, **self.industries}
        if name not in known:
            raise ConfigError(f"found the dimension {name!r}; {suggest(name, known)}")
        return known[name]

    def add_up(self, scores: Mapping[str, float]) -> Sum:
        """Return the total of scores by dimension; industries in it are left out.

        The rule is `total.rule`: a mean of the groups; what has no score is named, and never counts as 0.
        """
        groups = {
            name: fmean(scores[dimension] for dimension in group.dimensions if dimension in scores)
            for name, group in self.groups.items()
            if any(dimension in scores for dimension in group.dimensions)
        }
        missing = tuple(name for name in self.dimensions if name not in scores)
        return Sum(fmean(groups.values()) if groups else None, groups, missing)


class Sum(msgspec.Struct, frozen=True):
    """A total with what it is made of.

    total: None where no dimension of a group has a score. groups: those that have one. missing: dimensions
    without a score, which a reader has to be told.
    """

    total: float | None
    groups: dict[str, float]
    missing: tuple[str, ...]


@cache
def read_dimensions() -> Dimensions:
    """Return what the package's `dimensions.toml` says."""
    text = files("fen.evals").joinpath("dimensions.toml").read_bytes()
    return msgspec.toml.decode(text, type=Dimensions)
