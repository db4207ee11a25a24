"""A trial on outcomes: hulls, mixtures, folds, and a gain where there is one to be had."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from fen.routing import Asked
from fen.routing.learn import Setting
from fen.routing.manifest import Recipe
from fen.routing.outcome import Evidence, Outcome
from fen.routing.pivot import pivot
from fen.routing.trial import BUDGETS, run_trial, split
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money
from tests.fakes.outcomes import MODELS, make_outcomes

SETTING = Setting({}, {}, datetime(2026, 1, 2, tzinfo=UTC))
EVIDENCE = Evidence(
    tuple(
        Outcome(
            Asked(row["prompt"]),
            row["model"],
            float(row["correct"]),
            Money(Decimal(repr(row["cost"])), "USD"),
        )
        for row in make_outcomes(400)
    )
)


def test_equal_texts_are_in_one_part():
    outcomes = [replace(one, asked=replace(one.asked, tag="t")) for one in EVIDENCE.outcomes[::2]]
    matrices = pivot(Evidence(EVIDENCE.outcomes + tuple(outcomes)))
    seen: list[int] = []
    for train, test in split(matrices, 5, 0):
        texts = [{matrices.asked[row].text for row in rows.tolist()} for rows in (train, test)]
        assert not texts[0] & texts[1]
        seen += test.tolist()
    assert sorted(seen) == list(range(len(matrices.asked)))


def test_who_knows_the_kind_of_work_gains_over_every_mixture():
    trial = run_trial(EVIDENCE, Recipe(bits=12), SETTING, folds=3)
    assert (trial.prompts, trial.models, trial.folds) == (400, len(MODELS), 3)
    assert [row.budget for row in trial.rows] == list(BUDGETS)
    half = trial.rows[2]
    assert half.low > 0
    assert half.gain == pytest.approx(half.score - half.static)
    assert half.spent < 0.7
    assert trial.oracle.score > trial.best.score > 0.9
    assert trial.oracle.cost < trial.best.cost
    assert [one.model for one in trial.singles] == sorted(MODELS)
    assert float(half.cost.amount) == pytest.approx(half.spent * float(trial.best.cost.amount), rel=1e-4)


def test_prompts_that_not_all_have_answered_do_not_count():
    few = Evidence(tuple(one for place, one in enumerate(EVIDENCE.outcomes) if place % 40 != 1))
    assert run_trial(few, Recipe(bits=12), SETTING, folds=2).prompts < 400
    with pytest.raises(InvalidRequest, match="expected at least 100 prompts and 2 models"):
        run_trial(Evidence(EVIDENCE.outcomes[:120]), Recipe(bits=12), SETTING)
