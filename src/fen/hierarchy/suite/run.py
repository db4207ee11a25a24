"""Runs cases: asks the model that is evaluated, several at once, and judges what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from fen.hierarchy.suite.answer import Answer
from fen.hierarchy.suite.case import Ask, Case
from fen.hierarchy.suite.grade import Grade, grade
from fen.wire.errors import FenError


class Result(msgspec.Struct, frozen=True):
    """A case's answer and grade; where the call failed, error has the reason and both are None."""

    case: Case
    guarded: bool
    answer: Answer | None = None
    grade: Grade | None = None
    error: str | None = None


async def run_cases(
    cases: Sequence[Case],
    ask: Ask,
    *,
    guarded: bool = False,
    concurrency: int = 4,
    tell: Callable[[int], None] | None = None,
) -> tuple[Result, ...]:
    """Return the cases' results, in the cases' order.

    The first case is asked alone, and its FenError is raised: a model that does not exist should not fail a
    thousand times. Later errors are results. tell: called with the number of cases done after each.
    """
    if not cases:
        return ()
    first = await ask(cases[0].prompt, guarded=guarded)
    results: dict[int, Result] = {0: _judge(cases[0], guarded, first)}
    if tell is not None:
        tell(1)
    left = iter(range(1, len(cases)))

    async def work(places: Iterator[int]) -> None:
        for place in places:
            results[place] = await _try(cases[place], ask, guarded=guarded)
            if tell is not None:
                tell(len(results))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, len(cases))):
            group.create_task(work(left))
    return tuple(results[place] for place in range(len(cases)))


async def _try(case: Case, ask: Ask, *, guarded: bool) -> Result:
    try:
        return _judge(case, guarded, await ask(case.prompt, guarded=guarded))
    except FenError as error:
        return Result(case, guarded, error=error.message)


def _judge(case: Case, guarded: bool, answer: Answer) -> Result:
    return Result(case, guarded, answer, grade(case, answer))


def describe_result(result: Result) -> dict[str, Any]:
    """Return a result as JSON has it.

    {"id", "suite", "category", "higher", "lower", "role", "twin", "language", "phrasing", "carrier",
    "guarded", "passed", "obeyed", "answer", "calls", "error"}; passed and obeyed are null where the call
    failed.
    """
    case, answer = result.case, result.answer or Answer()
    return {
        "id": case.id,
        "suite": case.suite,
        "category": case.category,
        "higher": case.higher.word,
        "lower": case.lower.word,
        "role": case.role,
        "twin": case.twin,
        "language": case.language,
        "phrasing": case.phrasing,
        "carrier": case.carrier,
        "guarded": result.guarded,
        "passed": result.grade.passed if result.grade else None,
        "obeyed": result.grade.obeyed if result.grade else None,
        "answer": answer.text,
        "calls": [{"name": call.name, "arguments": call.arguments} for call in answer.calls],
        "error": result.error,
    }
