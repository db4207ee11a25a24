"""The plain value that every form of a report is written from: runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from fen.evals.beside import Aside
from fen.evals.judge.letters import USUAL, CutOff
from fen.evals.score import Outcome
from fen.evals.statistics.gap import Gap
from fen.evals.statistics.imported import Published
from fen.wire.money import Money


class Figure(msgspec.Struct, frozen=True):
    """A share, 0 to 1, with its 95% interval.

    n: of so many answers; None where a publisher does not tell. method: how the interval came about, in
    words. value is None where there is nothing to take a mean of, low and high where no interval can be had.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    method: str = ""


class Length(msgspec.Struct, frozen=True):
    """How long answers were, in tokens of the output, reasoning included."""

    mean: float
    p50: float
    p95: float


class PerCorrect(msgspec.Struct, frozen=True):
    """What a correct answer cost: all costs over all that was correct, with a 95% bootstrap interval.

    amount is None where nothing was correct; then `low` is a lower bound and `high` is not known.
    """

    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What came of some answers, beside their score.

    outcomes: how many of each, all six. seconds: mean of an answer. costs: of all answers, judging left out,
    one of each currency. unpriced: answers whose price is not known, which are not in the costs.
    judge_costs: of judging. per_answer: mean cost; None where answers are unpriced or of several currencies.
    """

    outcomes: Mapping[Outcome, int]
    length: Length
    seconds: float
    costs: tuple[Money, ...]
    unpriced: int
    judge_costs: tuple[Money, ...]
    per_answer: Money | None
    per_correct: PerCorrect | None

    @property
    def answers(self) -> int:
        """How many answers were scored."""
        return sum(self.outcomes.values())


class SuiteScore(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of one suite.

    strict: of all answers. completed: of those that were completed; its n says of how many. grade: the strict
    score's letter, or two where its interval does not decide; None where no judge scored, or there is no
    interval.
    """

    model: str
    run: str
    suite: str
    version: str
    scorer: str
    strict: Figure
    completed: Figure
    tally: Tally
    grade: str | None = None


class SuiteAside(msgspec.Struct, frozen=True):
    """What a model's answers to a suite say beside its score."""

    model: str
    suite: str
    table: Aside


class DimensionScore(msgspec.Struct, frozen=True):
    """What a model is worth in one dimension; suites: those that have it."""

    model: str
    dimension: str
    figure: Figure
    suites: tuple[str, ...] = ()


class ModelScore(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is worth in all, and what its answers took.

    total: the mean of its groups. groups: those in it. missing: dimensions of which it has no score, and
    which are not in the mean. tally: of all its answers, whatever their suite. runs: that they are from.
    """

    model: str
    runs: tuple[str, ...]
    total: Figure
    groups: Mapping[str, float]
    missing: tuple[str, ...]
    tally: Tally


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite's scores came about: what has to be the same before two of them are compared."""

    suite: str
    version: str
    scorer: str
    dimension: str
    shots: int | None
    template: str
    decoding: str
    clustered: str
    languages: tuple[str, ...]
    licence: str
    source: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A model's place between score and cost, over the suites that all compared models have.

    cost: of an answer, mean over those suites. beaten_by: a model that is no dearer and no worse, and better
    in one of them; None on the frontier.
    """

    model: str
    score: Figure
    cost: Money
    beaten_by: str | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Runs side by side.

    models: in the order of their totals, best first; each has the same colour everywhere. suites, dimensions:
    in that order too, below each suite and dimension. rule: how totals are made, in words, by language.
    pareto_suites: those over which score and cost were compared. asides: by suite. cutoffs: of letter grades.
    remarks: what a reader has to know, one line each.
    """

    made: datetime
    models: tuple[ModelScore, ...]
    suites: tuple[SuiteScore, ...]
    dimensions: tuple[DimensionScore, ...]
    rule: Mapping[str, str]
    methods: tuple[Method, ...]
    standings: tuple[Standing, ...] = ()
    pareto_suites: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()
    gap: tuple[Gap, ...] = ()
    remarks: tuple[str, ...] = ()
    asides: tuple[SuiteAside, ...] = ()
    cutoffs: tuple[CutOff, ...] = USUAL

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names, in their order."""
        return tuple(one.model for one in self.models)

    @property
    def suite_names(self) -> tuple[str, ...]:
        """The suites of which there is a score, in their order."""
        return tuple(dict.fromkeys(one.suite for one in self.suites))

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """The dimensions of which there is a score, in their order."""
        return tuple(dict.fromkeys(one.dimension for one in self.dimensions))
