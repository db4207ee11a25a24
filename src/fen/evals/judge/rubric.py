"""Rubrics: by which criteria a judge scores, each from 1 to 5; plain data with a version."""

from __future__ import annotations

from typing import Any

import msgspec

LEAST = 1
MOST = 5


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to score from 1 to 5. name: its member in the judge's JSON. five, one: what these mean."""

    name: str
    five: str
    one: str


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a judge goes by.

    name, version: kept with each verdict. role: who the judge is, in a sentence. Raises ValueError where no
    criterion is given, or two have one name.
    """

    name: str
    version: str
    role: str
    criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        names = [criterion.name for criterion in self.criteria]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"found the criteria {', '.join(names) or 'none'}, expected different ones")

    @property
    def id(self) -> str:
        """Return name and version in one word."""
        return f"{self.name}/{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the criteria's names, in their order."""
        return tuple(criterion.name for criterion in self.criteria)

    def to_schema(self) -> dict[str, Any]:
        """Return the JSON schema of a verdict: the analysis first, so that it comes before the scores."""
        score = {"type": "integer", "minimum": LEAST, "maximum": MOST}
        return make_schema({"analysis": {"type": "string"}} | dict.fromkeys(self.names, score))


def make_schema(members: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has just these members."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def to_value(scores: dict[str, int]) -> float:
    """Return 0 to 1 for scores from 1 to 5: their mean, where 1 is worth nothing.

    The scale of LongBench-Write's S_q (Bai et al. 2024, arXiv:2408.07055).
    """
    mean = sum(scores.values()) / len(scores)
    return (mean - LEAST) / (MOST - LEAST)
