"""Scores: what records of one suite, of a dimension or of all come to, with n, intervals, length and cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from fen.evals.record import Record
from fen.evals.score import OUTCOMES, Outcome
from fen.evals.statistics.interval import Measure, combine, measure
from fen.evals.statistics.items import is_complete, part, to_points
from fen.evals.statistics.passk import PassAtK, find_pass_at_k
from fen.wire.money import Money


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a group of records.

    name: the suite, dimension or group. strict: all answers; one that was not completed is worth nothing.
    completed: the completed ones only; never to be shown without its n. parts: the names of what it is the
    mean of; of a suite, none. outcomes: how many of each, zeros too. samples, records: different questions,
    and answers to them. output_tokens: the mean of an answer; None of nothing. costs, judge_costs: sums, one
    of each currency. unpriced: answers whose price is not known, left out of costs. versions, scorers: all
    that there were; more than one of a suite must not be read as one score. passes: of a suite asked several
    times over, pass@k for k of 2, 4 and so on up to its epochs.
    """

    name: str
    strict: Measure
    completed: Measure
    parts: tuple[str, ...] = ()
    outcomes: dict[Outcome, int]
    samples: int
    records: int
    output_tokens: float | None
    seconds: float
    costs: tuple[Money, ...]
    judge_costs: tuple[Money, ...]
    unpriced: int
    versions: tuple[str, ...]
    scorers: tuple[str, ...]
    passes: tuple[PassAtK, ...] = ()


def summarise(
    records: Sequence[Record],
    name: str | None = None,
    *,
    shared: str | None = None,
    stratum: str | None = None,
) -> Summary:
    """Return the score of records of one suite.

    name: the suite's where left out. shared, stratum: in words, what samples of a cluster share (the suite's
    `clustered`), and what its strata are.
    """
    finished = [record for record in records if is_complete(record)]
    found = _describe(
        records,
        name if name is not None else (records[0].suite if records else ""),
        measure(to_points(records), shared=shared, stratum=stratum),
        measure(to_points(finished), shared=shared, stratum=stratum),
    )
    passes = tuple(find_pass_at_k(records, k, shared=shared) for k in _list_ks(records))
    return msgspec.structs.replace(found, passes=passes)


def _list_ks(records: Sequence[Record]) -> list[int]:
    """Return 2, 4, 8 and so on below the most answers of a sample, and that number; none of one answer."""
    answers = Counter((record.suite, record.sample) for record in records)
    most = max(answers.values(), default=0)
    return [2**n for n in range(1, most) if 2**n < most] + [most] * (most > 1)


def summarise_suites(
    records: Iterable[Record], shared: Mapping[str, str] | None = None
) -> dict[str, Summary]:
    """Return the score of each suite, by name; shared: by suite, what samples of one cluster share."""
    words = shared or {}
    return {name: summarise(part_, name, shared=words.get(name)) for name, part_ in part(records).items()}


def summarise_by(
    records: Iterable[Record],
    find: Callable[[Record], str],
    shared: Mapping[str, str] | None = None,
) -> dict[str, Summary]:
    """Return the score of each group of records; a group's score is the mean of its suites'.

    find: the group of a record: its dimension, its language. A suite's records may be of several groups, and
    each part then counts as a suite. Suites are taken as independent.
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(find(record), []).append(record)
    found: dict[str, Summary] = {}
    for name, members in sorted(groups.items()):
        suites = summarise_suites(members, shared)
        found[name] = _join(name, members, suites, "suites")
    return found


def summarise_dimensions(
    records: Iterable[Record], shared: Mapping[str, str] | None = None
) -> dict[str, Summary]:
    """Return the score of each dimension, the mean of its suites' scores."""
    return summarise_by(records, lambda record: record.dimension, shared)


def summarise_total(
    records: Sequence[Record],
    groups: Mapping[str, Sequence[str]],
    shared: Mapping[str, str] | None = None,
) -> Total:
    """Return the mean of the groups, each the mean of its dimensions, each the mean of its suites.

    groups: dimensions by the group's name. Dimensions of no group are left out of the total, and those
    without a record are named in `missing`.
    """
    dimensions = summarise_dimensions(records, shared)
    found: dict[str, Summary] = {}
    for name, members in groups.items():
        there = {member: dimensions[member] for member in members if member in dimensions}
        if there:
            counted = [record for record in records if record.dimension in there]
            found[name] = _join(name, counted, there, "dimensions")
    counted_names = {member for members in groups.values() for member in members}
    counted = [record for record in records if record.dimension in counted_names]
    return Total(
        _join("total", counted, found, "groups"),
        found,
        tuple(sorted(counted_names - dimensions.keys())),
        tuple(sorted(dimensions.keys() - counted_names)),
    )


class Total(msgspec.Struct, frozen=True):
    """A total with what it is the mean of.

    missing: dimensions of a group without a record. outside: dimensions with records, but of no group.
    """

    summary: Summary
    groups: dict[str, Summary]
    missing: tuple[str, ...]
    outside: tuple[str, ...]


def _join(name: str, records: Sequence[Record], parts: Mapping[str, Summary], what: str) -> Summary:
    joined = _describe(
        records,
        name,
        combine([one.strict for one in parts.values()], what),
        combine([one.completed for one in parts.values()], what),
    )
    return msgspec.structs.replace(joined, parts=tuple(parts))


def _describe(records: Sequence[Record], name: str, strict: Measure, completed: Measure) -> Summary:
    counts = Counter(record.score.outcome for record in records)
    costs = [record.cost for record in records if record.cost is not None]
    judge_costs = [record.judge_cost for record in records if record.judge_cost is not None]
    tokens = sum(record.output_tokens for record in records)
    return Summary(
        name=name,
        strict=strict,
        completed=completed,
        outcomes={outcome: counts[outcome] for outcome in OUTCOMES},
        samples=len({(record.suite, record.sample) for record in records}),
        records=len(records),
        output_tokens=tokens / len(records) if records else None,
        seconds=sum(sorted(record.seconds for record in records)),
        costs=add_up(costs),
        judge_costs=add_up(judge_costs),
        unpriced=len(records) - len(costs),
        versions=tuple(sorted({f"{record.suite}/{record.version}" for record in records})),
        scorers=tuple(sorted({record.scorer for record in records})),
    )


def add_up(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Return the sum of each currency, in the order of their codes."""
    sums: dict[str, Decimal] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, Decimal(0)) + amount.amount
    return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()))
