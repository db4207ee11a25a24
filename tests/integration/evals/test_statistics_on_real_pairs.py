"""GPT-4 against Mixtral on the 14,042 questions of MMLU, as RouteLLM asked them."""

import pytest

from fen.evals.record import Record
from fen.evals.statistics import find_spread, summarise
from fen.evals.statistics.difference import tell
from fen.evals.statistics.interval import Interval
from fen.evals.statistics.paired import Words, compare
from fen.evals.statistics.pairs import Pairs, pair
from fen.evals.statistics.planning import plan_from_records
from fen.evals.statistics.spread import Points
from tests.fakes.worths import make_record
from tests.shared_data import SHARED, need

PAIRS = "routing/routellm/mmlu.parquet"
SUBJECT = Words(stratum="subject")

pytestmark = need(PAIRS)


@pytest.fixture(scope="module")
def sides() -> tuple[list[Record], list[Record]]:
    parquet = pytest.importorskip("pyarrow.parquet", reason="no pyarrow here, which reads RouteLLM's file")
    columns = parquet.read_table(SHARED / PAIRS).to_pydict()

    def read(model: str) -> list[Record]:
        return [
            make_record(f"{number:05}", right, suite="mmlu", dimension="knowledge", stratum=subject)
            for number, (right, subject) in enumerate(zip(columns[model], columns["subject"], strict=True))
        ]

    return read("gpt-4-1106-preview"), read("mixtral-8x7b-instruct-v0.1")


@pytest.fixture(scope="module")
def pairs(sides: tuple[list[Record], list[Record]]) -> Pairs:
    return pair(*sides)


def interval(found: Interval | None) -> Interval:
    assert found is not None
    return found


def test_the_difference_is_12_5_points_with_subjects_as_fixed_strata(pairs: Pairs):
    found = compare(pairs, "mmlu", SUBJECT)
    assert found.items == 14_042
    assert found.difference == pytest.approx(0.125, abs=0.0005)
    assert found.se == pytest.approx(0.0038, abs=0.00005)
    assert interval(found.interval).method == (
        "t, 14042 independent items, 57 strata fixed (subject), df 13985"
    )
    assert tell(found, "GPT-4", "Mixtral") == "GPT-4 is better: +12.5 points for GPT-4 (11.7 to 13.2 points)"


def test_without_strata_the_standard_error_is_larger(pairs: Pairs):
    points = pairs.to_points()
    spread = find_spread(Points(points.values, points.clusters))
    assert spread is not None
    assert spread.se == pytest.approx(0.0039, abs=0.00005)


def test_clustering_by_subject_answers_another_question_and_says_so(pairs: Pairs):
    found = compare(pairs, "mmlu", SUBJECT, strata="random")
    assert found.difference == pytest.approx(0.125, abs=0.0005)
    assert found.df == 56
    assert found.se == pytest.approx(0.0210, abs=0.00005)
    # Without the correction for 57 clusters, as the figure is often told: 2.08 points.
    assert found.se * (56 / 57) ** 0.5 == pytest.approx(0.0208, abs=0.00005)
    method = interval(found.interval).method
    assert "by subject, as a sample of such: how far this carries to others" in method


def test_each_score_has_its_strata_named(sides: tuple[list[Record], list[Record]]):
    found = summarise(sides[0], stratum="subject").strict
    assert found.n == 14_042
    assert "57 strata fixed (subject)" in interval(found.interval).method


def test_a_pilot_of_these_models_says_that_a_few_hundred_items_are_enough(
    sides: tuple[list[Record], list[Record]],
):
    plan = plan_from_records(sides[0][::50], sides[1][::50])
    whole = plan_from_records(*sides)
    assert whole.items is not None
    assert 100 < whole.items < 130
    assert plan.pilot == 281
    assert plan.items is not None
    assert whole.items / 3 < plan.items < whole.items * 3
