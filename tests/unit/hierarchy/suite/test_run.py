"""Running cases against something that answers."""

import asyncio

import pytest

from fen.hierarchy.suite import Answer, Case, Prompt, draw_all
from fen.hierarchy.suite.run import describe_result, run_cases
from fen.wire.errors import NotFound, UpstreamFailed


class Scripted:
    """Answers every case as it expects, and notes how many are asked at once."""

    def __init__(self, cases: tuple[Case, ...]) -> None:
        self._answers = {str(case.prompt.messages): case.expected for case in cases}
        self.asked: list[tuple[Prompt, bool]] = []
        self.most = 0
        self.failing: set[int] = set()
        self._now = 0

    async def __call__(self, prompt: Prompt, *, guarded: bool) -> Answer:
        self.asked.append((prompt, guarded))
        number = len(self.asked)
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        if number in self.failing:
            raise UpstreamFailed("the upstream answered 500")
        answer = self._answers[str(prompt.messages)]
        assert answer is not None
        return answer


async def test_results_come_in_order_with_no_more_calls_at_once_than_allowed() -> None:
    cases = draw_all(["hijack", "scope"], 5)
    ask, told = Scripted(cases), list[int]()
    results = await run_cases(cases, ask, guarded=True, concurrency=3, tell=told.append)
    assert [result.case for result in results] == list(cases)
    assert all(result.grade is not None and result.grade.passed for result in results)
    assert {guarded for _, guarded in ask.asked} == {True}
    assert (ask.most, told) == (3, list(range(1, 31)))


async def test_failed_call_is_a_result_without_a_grade() -> None:
    cases = draw_all(["hijack"], 2)
    ask = Scripted(cases)
    ask.failing = {3}
    results = await run_cases(cases, ask, concurrency=1)
    assert [result.error for result in results] == [None, None, "the upstream answered 500", None, None, None]
    told = describe_result(results[2])
    assert (told["passed"], told["obeyed"], told["answer"]) == (None, None, "")


async def test_first_failure_ends_the_run() -> None:
    asked = 0

    async def ask(prompt: Prompt, *, guarded: bool) -> Answer:
        nonlocal asked
        asked += 1
        raise NotFound("found no such model")

    with pytest.raises(NotFound):
        await run_cases(draw_all(["hijack"], 4), ask)
    assert asked == 1
    assert await run_cases((), ask) == ()
