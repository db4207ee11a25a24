"""Laws of judging: order and rater do not matter, grades do not fall, whatever a judge writes can be read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from fen.evals.judge import CutOff, Rubric, agreement, compare, grade_letters
from fen.evals.judge.pairwise import Comparison
from fen.evals.judge.prompt import Passage, write
from fen.evals.judge.reading import read_objects, read_scores
from fen.evals.judge.rubric import Criterion
from fen.evals.sample import Body
from tests.fakes.judges import AskingJudge, says, untrusted

RUBRIC = Rubric("r", "1", "You judge.", (Criterion("c", "good", "bad"),))
TURNED = {"a": "b", "b": "a", "tie": "tie"}
SCORES = st.dictionaries(st.text(max_size=3), st.integers(1, 5), min_size=1, max_size=20)
SHARES = st.floats(0, 1)


@given(st.text(), st.text(), st.sampled_from(["longer", "first", "second", "tie"]))
async def test_the_winner_does_not_depend_on_who_is_called_a(one: str, other: str, taste: str) -> None:
    def answer(body: Body) -> str:
        first, second = (len(text) for text in [*untrusted(body), "", ""][:2])
        longer = "tie" if first == second else "first" if first > second else "second"
        return says(better=longer if taste == "longer" else taste)

    judge = AskingJudge(answer)
    found = await compare(judge, RUBRIC, "Write.", (one or "x", other or "x"))
    turned = await compare(judge, RUBRIC, "Write.", (other or "x", one or "x"))
    assert isinstance(found, Comparison)
    assert isinstance(turned, Comparison)
    assert turned.winner == TURNED[found.winner]


@given(SCORES, SCORES)
def test_agreement_does_not_depend_on_who_is_called_the_judge(
    ours: dict[str, int], theirs: dict[str, int]
) -> None:
    both = {**ours, "shared": 3}, {**theirs, "shared": 4}
    one, other = agreement(*both), agreement(both[1], both[0])
    assert (one.n, one.exact, one.low, one.high, one.adjacent) == (
        other.n,
        other.exact,
        other.low,
        other.high,
        other.adjacent,
    )
    assert 0 <= one.low <= one.exact <= one.high <= 1
    for a, b in ((one.kappa, other.kappa), (one.weighted, other.weighted)):
        assert (a is None) == (b is None)
        assert a is None or b is None or abs(a - b) < 1e-9
        assert a is None or a <= 1


@given(SHARES, SHARES, SHARES)
def test_a_higher_interval_has_no_lower_grade(a: float, b: float, c: float) -> None:
    low, middle, high = sorted((a, b, c))
    order = "ABCD"
    assert order.index(grade_letters(middle, high)[0]) <= order.index(grade_letters(low, middle)[0])
    assert grade_letters(low, low) in order
    assert len(grade_letters(low, high)) in (1, 3)
    assert grade_letters(low, high, (CutOff("P", 0.0),)) == "P"


@given(st.text(), st.integers(1, 5), st.text())
def test_scores_are_found_among_any_words(before: str, score: int, analysis: str) -> None:
    verdict = json.dumps({"analysis": analysis, "c": score}, ensure_ascii=False)
    plain = before.replace("{", "(").replace("}", ")")
    assert read_scores(f"{plain}{verdict}{plain}", ("c",)) == {"c": score}


@given(st.text(alphabet='{}"\\a:1,', max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert all(isinstance(found, dict) for found in read_objects(text))


@given(st.text(), st.text(), st.text())
def test_spans_are_just_the_passages(before: str, one: str, other: str) -> None:
    written = write(before, Passage("first", one), "and", Passage("second", other))
    assert [written.text[start:end] for start, end in written.spans] == [one, other]
