"""Playing one sample: what it asks, the score of what was answered, and the record of both."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping

import msgspec

from fen.evals.asking import Asker, Line, Questions
from fen.evals.record import Record
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.sandbox import Sandbox
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids, Ask, Suite
from fen.wire.errors import FenError
from fen.wire.money import Money


class Job(msgspec.Struct, frozen=True):
    """A sample in an epoch.

    rank: its place in the order in which its suite's samples were drawn, as a share of them.
    """

    suite: Suite
    sample: Sample
    epoch: int
    rank: float


class Fault(msgspec.Struct, frozen=True):
    """A sample that could not be played or scored for a fault of its suite; error: where it happened."""

    suite: str
    sample: str
    epoch: int
    error: str


class Side(msgspec.Struct, frozen=True):
    """Whom a run asks, the model or the judge, and what each suite has asked of it."""

    asker: Asker
    lines: Mapping[str, Line]

    def ask_for(self, job: Job) -> Questions:
        """Return what asks on behalf of a sample."""
        return Questions(self.asker, self.lines[job.suite.name], job.epoch)


async def play_sample(
    job: Job, run: str, model: Side, judge: Side | None, sandbox: Sandbox
) -> Record | Fault:
    """Play a sample; a fault of its suite's own code is returned as such.

    Raises FenError where the run cannot go on.
    """
    questions = model.ask_for(job)
    judging = None if judge is None else judge.ask_for(job)
    try:
        responses = await job.suite.play(job.sample, questions)
        score = await score_responses(job, responses, judging, sandbox)
    except FenError:
        raise
    except Exception as fault:  # noqa: BLE001  a suite's fault ends its own sample, and no other one
        return Fault(job.suite.name, job.sample.id, job.epoch, explain(fault))
    return _record(job, run, score, (questions, model), None if judging is None else (judging, judge))


async def score_responses(
    job: Job, responses: Iterable[Response], judge: Ask | None, sandbox: Sandbox
) -> Score:
    """Return the score of a sample's responses."""
    said = tuple(responses)
    suite = job.suite
    score = find_end(said[-1], judges_cut=suite.judges_cut, judges_refused=suite.judges_refused)
    if score is not None:
        return score
    return await suite.score(job.sample, said, Aids(sandbox, judge))


def _record(
    job: Job,
    run: str,
    score: Score,
    asked: tuple[Questions, Side],
    judged: tuple[Questions, Side | None] | None,
) -> Record:
    suite, sample, (questions, side) = job.suite, job.sample, asked
    judging = () if judged is None else judged[0].responses
    responses = questions.responses
    return Record(
        run=run,
        suite=suite.name,
        version=suite.version,
        scorer=suite.scorer,
        sample=sample.id,
        epoch=job.epoch,
        score=score,
        cluster=sample.cluster,
        stratum=sample.stratum,
        language=sample.language,
        dimension=sample.dimension or suite.dimension,
        cost=add_costs(responses, side.asker.nothing),
        judge_cost=add_costs(judging, None) if judging else None,
        input_tokens=sum([response.input_tokens for response in responses]),
        output_tokens=sum([response.output_tokens for response in responses]),
        reasoning_tokens=sum([response.reasoning_tokens for response in responses]),
        seconds=sum([response.seconds for response in responses]),
        calls=tuple(questions.keys),
    )


def add_costs(responses: Iterable[Response], nothing: Money | None) -> Money | None:
    """Return what responses cost; a call that failed cost nothing. None where a price is not known."""
    total = nothing
    for response in responses:
        if response.error is None:
            if response.cost is None:
                return None
            total = response.cost if total is None or not total.amount else total + response.cost
    return total


def explain(fault: Exception) -> str:
    """Return the error and the line of code that it comes from."""
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(fault).__name__}: {fault}{where}"
