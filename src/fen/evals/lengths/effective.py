"""The effective output length: how much can be asked for so that it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from fen.evals.beside import Aside, Unit
from fen.evals.lengths.ending import ENDINGS, Ending, Measured
from fen.evals.lengths.score import ENOUGH
from fen.evals.record import Record


class Step(msgspec.Struct, frozen=True):
    """What came where one length was asked for.

    n: answers. ratio: the median of y/x. s_l: the mean. endings: how many ended in which way.
    """

    asked: int
    n: int
    ratio: float
    s_l: float
    endings: dict[Ending, int]

    @property
    def holds(self) -> bool:
        """Whether the length can be had: the median is long enough, and no answer was cut."""
        return self.ratio >= ENOUGH and not self.endings.get("cap")


class Reach(msgspec.Struct, frozen=True):
    """How long a model writes in a language, through Fen's continuation or without it.

    effective: the largest step whose median y/x is at least 0.8 with no answer cut; 0 where there is none.
    written: the same without answers that loop, whose length says nothing.
    """

    language: str
    continued: bool
    effective: int
    written: int
    steps: tuple[Step, ...]


def find_reach(records: Iterable[Record]) -> list[Reach]:
    """Return the reach by language and continuation, of records of the suite `output_length`.

    A refusal is an answer of no length. After an error nothing is said of lengths.
    """
    groups: defaultdict[tuple[str, bool], list[Measured]] = defaultdict(list)
    for record in records:
        measured = _read(record)
        if measured is not None:
            groups[record.language, measured.continued].append(measured)
    return [_reach(language, continued, group) for (language, continued), group in sorted(groups.items())]


def tell_reach(records: Iterable[Record]) -> Sequence[Aside]:
    """Return two tables: how long the model writes, and what came of each length that was asked for."""
    reaches = find_reach(records)
    way: dict[str, Unit] = {"language": "word", "continued": "word"}
    reached = tuple((one.language, one.continued, one.effective, one.written) for one in reaches)
    steps = tuple(
        (one.language, one.continued, step.asked, step.n, step.ratio, step.s_l, *_count(step.endings))
        for one in reaches
        for step in one.steps
    )
    if not reaches:
        return ()
    asked: dict[str, Unit] = {"asked": "count", "n": "count", "ratio": "number", "s_l": "number"}
    return (
        Aside("effective_length", {**way, "effective": "count", "written": "count"}, reached),
        Aside("lengths", {**way, **asked, **{f"ended_{ending}": "count" for ending in ENDINGS}}, steps),
    )


def _count(endings: Mapping[Ending, int]) -> tuple[int, ...]:
    return tuple(endings.get(ending, 0) for ending in ENDINGS)


def _read(record: Record) -> Measured | None:
    """Return what was measured; of a refusal that was scored without its text, what its stratum says."""
    if "ending" in record.score.detail:
        return msgspec.convert(record.score.detail, Measured)
    if record.score.outcome != "refused" or record.stratum is None:
        return None
    asked, _, way = record.stratum.partition(", ")
    return Measured(int(asked), 0, 0.0, 0.0, "refusal", 0.0, way == "continued")


def _reach(language: str, continued: bool, group: Sequence[Measured]) -> Reach:
    steps = summarise_steps(group)
    holding = [step for step in steps if step.holds]
    return Reach(
        language,
        continued,
        max((step.asked for step in holding), default=0),
        max((step.asked for step in holding if 2 * step.endings.get("repetition", 0) < step.n), default=0),
        tuple(steps),
    )


def summarise_steps(measured: Iterable[Measured]) -> list[Step]:
    """Return what came at each length asked for, shortest first."""
    by_length: defaultdict[int, list[Measured]] = defaultdict(list)
    for one in measured:
        by_length[one.asked].append(one)
    return [_summarise(asked, group) for asked, group in sorted(by_length.items())]


def _summarise(asked: int, group: Sequence[Measured]) -> Step:
    endings: dict[Ending, int] = {}
    for one in group:
        endings[one.ending] = endings.get(one.ending, 0) + 1
    return Step(
        asked,
        len(group),
        median(one.ratio for one in group),
        sum(one.s_l for one in group) / len(group),
        endings,
    )
