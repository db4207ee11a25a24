"""What an artefact says of itself: what it was learnt from, by which settings, and how well it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

FORMAT = 2
"""Version of the artefact's file; another one is refused."""


class Recipe(msgspec.Struct, frozen=True):
    """The settings of a fit.

    bits: there are 2**bits hashed columns. seed: of what is drawn. held: the share of requests that are not
    fitted on, by which the fit is measured and guarantees are proved. prove: whether guarantees are wanted;
    what they rest on is lost to the fit. pools: of routes that want one, beside the pool of all models.
    """

    bits: int = 22
    seed: int = 0
    held: float = 0.25
    prove: bool = True
    pools: tuple[tuple[str, ...], ...] = ()


class ModelFacts(msgspec.Struct, frozen=True):
    """What is known of a model: outcomes, how many by tag, votes, and its mean score."""

    model: str
    outcomes: int
    tags: Mapping[str, int]
    votes: int
    score: float | None


class Newcomer(msgspec.Struct, frozen=True):
    """A model that joined after the fit, which learnt nothing from it.

    outcomes, requests: that it joined by. data: SHA-256 of them. made: when. lengths, costs: how many of the
    requests told one; where none did, lengths are the usual ones of the others, and costs are those of its
    prices alone.
    """

    model: str
    outcomes: int
    requests: int
    data: str
    made: datetime
    lengths: int
    costs: int


class Manifest(msgspec.Struct, frozen=True):
    """What an artefact is.

    id: of data and settings. fen: the version that made it. data: SHA-256 of what the fit learnt from.
    arrays: SHA-256 of what was learnt. tags: requests of each. metrics: measured on requests that were not
    fitted on; empty where there were too few. guarantees: by reference, the right answers that a guarantee
    rests on. aliases: of models that the data calls otherwise than by their ids, the name there, by id.
    joined: who came after the fit, in turn; requests, outcomes, tags and metrics are those of the fit alone.
    """

    id: str
    fen: str
    made: datetime
    data: str
    arrays: str
    models: tuple[ModelFacts, ...]
    tags: Mapping[str, int]
    requests: int
    outcomes: int
    votes: int
    recipe: Recipe
    metrics: Mapping[str, float]
    guarantees: Mapping[str, int]
    aliases: Mapping[str, str]
    joined: tuple[Newcomer, ...] = ()
    format: int = FORMAT
