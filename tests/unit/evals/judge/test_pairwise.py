from collections.abc import Callable

import pytest

from fen.evals.judge import Bias, Comparison, Fault, Rubric, Winner, compare, find_bias
from fen.evals.sample import Body
from tests.fakes.judges import AskingJudge, ScriptedJudge, says, untrusted

GOOD, BAD = "a fine text", "a poor text"


def prefer(text: str) -> Callable[[Body], str]:
    """A judge with a taste."""
    return lambda body: says(analysis="", better="first" if untrusted(body)[0] == text else "second")


async def test_a_judge_with_a_taste_finds_the_better_one_wherever_it_stands(rubric: Rubric) -> None:
    judge = AskingJudge(prefer(GOOD))
    found = await compare(judge, rubric, "Write.", (GOOD, BAD))
    assert found == Comparison("writing/3", "a", ("a", "a"))
    assert [untrusted(body) for body in judge.asked] == [[GOOD, BAD], [BAD, GOOD]]
    turned = await compare(judge, rubric, "Write.", (BAD, GOOD))
    assert isinstance(turned, Comparison)
    assert turned.winner == "b"
    assert turned.consistent


@pytest.mark.parametrize(("word", "orders"), [("first", ("a", "b")), ("second", ("b", "a"))])
async def test_a_judge_that_goes_by_the_order_says_a_tie(
    rubric: Rubric, word: str, orders: tuple[Winner, Winner]
) -> None:
    found = await compare(ScriptedJudge(says(better=word)), rubric, "Write.", (GOOD, BAD))
    assert found == Comparison("writing/3", "tie", orders)


async def test_a_tie_one_way_is_a_tie(rubric: Rubric) -> None:
    found = await compare(ScriptedJudge(says(better="first"), says(better="tie")), rubric, "W", (GOOD, BAD))
    assert found == Comparison("writing/3", "tie", ("a", "tie"))


async def test_a_judge_that_cannot_be_read_in_one_order_is_at_fault(rubric: Rubric) -> None:
    judge = ScriptedJudge(says(better="first"), "hm", "hm")
    found = await compare(judge, rubric, "Write.", (GOOD, BAD))
    assert isinstance(found, Fault)
    assert len(judge.asked) == 3


async def test_equal_texts_are_handed_over_under_two_names(rubric: Rubric) -> None:
    judge = ScriptedJudge(says(better="tie"))
    await compare(judge, rubric, "Write.", (GOOD, GOOD))
    assert untrusted(judge.asked[0]) == [GOOD, GOOD]
    assert "<first-" in judge.asked[0]["messages"][1]["content"]
    assert "<second-" in judge.asked[0]["messages"][1]["content"]


def test_bias_is_the_share_of_verdicts_for_what_stands_first() -> None:
    fair: tuple[Winner, Winner] = ("a", "a")
    biased: tuple[Winner, Winner] = ("a", "b")
    found = find_bias([Comparison("r", "a", fair)] * 6 + [Comparison("r", "tie", biased)] * 4)
    assert (found.n, found.consistent, found.decided, found.first) == (10, 6, 20, 14)
    assert found.share == 0.7
    assert found.low == pytest.approx(0.4810, abs=1e-4)  # Wilson, 14 of 20
    assert found.high == pytest.approx(0.8545, abs=1e-4)


def test_bias_without_a_decision_is_not_known() -> None:
    assert find_bias([Comparison("r", "tie", ("tie", "tie"))]) == Bias(1, 1, 0, 0)
