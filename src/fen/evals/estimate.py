"""What the rest of a run may cost: from the bounds of its calls, and from how long answers were so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from fen.catalogue import cost
from fen.evals.purse import Purse
from fen.evals.record import Record
from fen.gateway.quote import Quote
from fen.wire.usage import Usage

PILOT = 20
"""Samples that are played first, so that it is known how long answers are."""


class Estimate(msgspec.Struct, frozen=True):
    """What so many samples may cost, in words for each currency.

    low, high: with every answer as long as the median, and as the 95th percentile, of those so far; None
    before any. output: these two lengths in tokens. worst: all that the books would hold. judged: what
    judging them costs is in it, by what it cost so far.
    """

    samples: int
    low: Purse | None
    high: Purse | None
    worst: Purse
    output: tuple[int, int] | None = None
    judged: bool = False

    @property
    def free(self) -> bool:
        """Whether it is known to cost nothing."""
        return not self.worst.unknown and not any(self.worst.amounts.values())


class Planned(msgspec.Struct, frozen=True):
    """A sample that is still to be played: its suite, and the quote of its first call.

    quote: None where the pipeline would refuse it.
    """

    suite: str
    quote: Quote | None


def estimate(planned: Sequence[Planned], known: Sequence[Record]) -> Estimate:
    """Estimate what samples will cost, from the records of others.

    A suite of which there is no record is taken for the others. Where samples of a suite asked several calls,
    or were answered at more length than one call gives, the worst case is that of so many first calls.
    """
    by_suite = _group([record for record in known if record.score.outcome != "api_error"])
    worst = _find_worst(planned, by_suite)
    everything = [record for records in by_suite.values() for record in records]
    if not everything:
        return Estimate(len(planned), None, None, worst)
    low, high = (_expect(planned, by_suite, everything, share) for share in (0.5, 0.95))
    lengths = [record.output_tokens for record in everything]
    output = (percentile(lengths, 0.5), percentile(lengths, 0.95))
    judged = any(record.judge_cost is not None for record in everything)
    return Estimate(len(planned), low, high, worst, output, judged)


def percentile(values: Sequence[int], share: float) -> int:
    """Return the smallest of the values that a share of them does not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def _group(records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.suite, []).append(record)
    return found


def _find_worst(planned: Sequence[Planned], by_suite: Mapping[str, Sequence[Record]]) -> Purse:
    purse = Purse()
    calls = {suite: max(len(record.calls) for record in records) for suite, records in by_suite.items()}
    longest = {suite: max(record.output_tokens for record in records) for suite, records in by_suite.items()}
    judging = {suite: _dearest_judgement(records) for suite, records in by_suite.items()}
    for one in planned:
        if one.quote is None:
            continue
        segments = -(-longest.get(one.suite, 0) // max(1, one.quote.output_bound or 1 << 60))
        purse.add(one.quote.worst, max(1, calls.get(one.suite, 1), segments))
        judgement = judging.get(one.suite)
        if judgement is not None:
            purse.add(judgement.judge_cost)
    return purse


def _dearest_judgement(records: Sequence[Record]) -> Record | None:
    judged = [record for record in records if record.judge_cost is not None]
    return max(judged, key=_judge_amount, default=None)


def _judge_amount(record: Record) -> float:
    return float(record.judge_cost.amount) if record.judge_cost is not None else 0.0


def _expect(
    planned: Sequence[Planned],
    by_suite: Mapping[str, Sequence[Record]],
    everything: Sequence[Record],
    share: float,
) -> Purse:
    """Add up what samples cost whose answers are as long as the share's percentile of their suite."""
    purse = Purse()
    output = {suite: _output(records, share) for suite, records in by_suite.items()}
    reading = _reading(planned, by_suite)
    judging = {suite: _judgement(records, share) for suite, records in by_suite.items()}
    usual = _output(everything, share)
    for one in planned:
        if one.quote is None:
            continue
        rates, suite = one.quote.rates, one.suite
        read = round(one.quote.input_estimate * reading.get(suite, 1.0))
        usage = Usage(read, output=output.get(suite, usual))
        purse.add(None if rates is None else cost(usage, rates))
        judgement = judging.get(suite)
        if judgement is not None:
            purse.add(judgement.judge_cost)
    return purse


def _output(records: Sequence[Record], share: float) -> int:
    return percentile([record.output_tokens for record in records], share)


def _judgement(records: Sequence[Record], share: float) -> Record | None:
    judged = sorted((record for record in records if record.judge_cost is not None), key=_judge_amount)
    return judged[percentile(range(len(judged)), share)] if judged else None


def _reading(planned: Sequence[Planned], by_suite: Mapping[str, Sequence[Record]]) -> Mapping[str, float]:
    """Return what tokens a suite's samples read are of the estimate of their first call."""
    found: dict[str, float] = {}
    for suite, records in by_suite.items():
        guessed = [
            one.quote.input_estimate for one in planned if one.quote is not None and one.suite == suite
        ]
        read = sum(record.input_tokens for record in records) / len(records)
        if guessed and read:
            found[suite] = read / (sum(guessed) / len(guessed))
    return found
