"""What a student is worth beside its teacher, on what it was not taught: right answers, and their cost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from fen.evals.record import Record
from fen.evals.score import UNFINISHED
from fen.evals.statistics.difference import Difference
from fen.evals.statistics.money import CostPerCorrect, find_cost_per_correct
from fen.evals.statistics.paired import compare
from fen.evals.statistics.pairs import pair
from fen.evals.statistics.summary import Measure, summarise
from fen.evals.store import KeptResponse
from fen.training.distill.kept import Kept, name_sample
from fen.wire.errors import InvalidRequest


class Worth(msgspec.Struct, frozen=True):
    """One model on the test. score: the mean over all its answers, 0 to 1. cost: of a right answer."""

    model: str
    score: Measure
    cost: CostPerCorrect


class Beside(msgspec.Struct, frozen=True):
    """Both models on the samples that both answered. difference: the student's score less the teacher's."""

    student: Worth
    teacher: Worth
    difference: Difference


class OutcomeLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer, as a line of what `fen route fit` learns from; cost: in `currency`."""

    prompt: str
    model: str
    score: float
    tag: str
    cost: Decimal | None = None
    currency: str | None = None
    output_tokens: int | None = None


def weigh(student: Kept, teacher: Kept, held_out: Collection[str]) -> Beside:
    """Return both models' worth on the samples of the test.

    Raises InvalidRequest where they share none of it.
    """
    ours, theirs = _pick(student, held_out), _pick(teacher, held_out)
    shared = set(map(name_sample, ours)) & set(map(name_sample, theirs))
    if not shared:
        raise InvalidRequest(
            f"found no sample of the test that both {student.run.id} and {teacher.run.id} answered, expected "
            f"some of {len(held_out)}"
        )
    ours, theirs = _only(ours, shared), _only(theirs, shared)
    difference = compare(pair(ours, theirs), f"{student.run.model} - {teacher.run.model}")
    return Beside(_value(student.run.model, ours), _value(teacher.run.model, theirs), difference)


def list_outcomes(kept: Kept, held_out: Collection[str], tag: str) -> Iterator[OutcomeLine]:
    """Yield a model's answers to the samples of the test, of which the request is kept and the end is known.

    A prompt is the last message that a user wrote, as far as it is text.
    """
    for record in _pick(kept, held_out):
        prompt = _find_prompt(record, kept.answers)
        if prompt is None or record.score.outcome in UNFINISHED:
            continue
        cost = record.cost
        yield OutcomeLine(
            prompt=prompt,
            model=kept.run.model,
            score=min(max(record.score.value, 0.0), 1.0),
            tag=tag,
            cost=None if cost is None else cost.amount,
            currency=None if cost is None else cost.currency,
            output_tokens=record.output_tokens or None,
        )


def _pick(kept: Kept, held_out: Collection[str]) -> list[Record]:
    return _only(kept.records, held_out)


def _only(records: Sequence[Record], names: Collection[str]) -> list[Record]:
    return [record for record in records if name_sample(record) in names]


def _value(model: str, records: Sequence[Record]) -> Worth:
    return Worth(model, summarise(records, "test").strict, find_cost_per_correct(records))


def _find_prompt(record: Record, answers: Mapping[str, KeptResponse]) -> str | None:
    kept = answers.get(record.calls[0]) if record.calls else None
    if kept is None:
        return None
    messages = msgspec.json.decode(kept.request).get("messages", ())
    said = [message.get("content") for message in messages if message.get("role") == "user"]
    return said[-1] if said and isinstance(said[-1], str) else None
