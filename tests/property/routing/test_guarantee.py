"""The guarantee is broken as seldom as it says, where the true risk is known exactly.

`python -m bench.route_guarantee` measures the same, and prints it.
"""

import numpy as np
import pytest
from scipy.stats import binom

from bench import route_guarantee
from bench.route_guarantee import ALPHA, DELTA, RIGHT, SLACK, draw, look_up, make_worlds, measure
from fen.routing.guarantee import calibrate, fix_thresholds
from tests.sizes import pick

DRAWS = pick(150, 1_000)


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return measure(DRAWS, seed=1)


@pytest.mark.parametrize("world", make_worlds())
def test_violations_are_no_more_than_chance_allows(figures: dict[str, float], world: str) -> None:
    assert figures[f"{world}_violations"] <= binom.ppf(0.999, DRAWS, DELTA)


@pytest.mark.parametrize("world", SLACK)
def test_slack_is_used(figures: dict[str, float], world: str) -> None:
    assert figures[f"{world}_strong_share"] < 0.6


def test_the_worlds_are_hard_enough_to_catch_a_rule_that_trusts_the_counts() -> None:
    world, random = make_worlds()["boundary"], np.random.default_rng(2)
    broken = 0
    for _ in range(100):
        thresholds = fix_thresholds(world.expect(random.integers(0, 20, 2_000)), world.reference)
        kinds = random.integers(0, 20, 1_000)
        right = (random.random(1_000) < RIGHT)[:, None] & (random.random((1_000, 2)) >= world.wrong[kinds])
        group = calibrate(world.expect(kinds), right, world.reference, thresholds).groups[0]
        fine = [at for at, count in enumerate(group.wrong) if count <= ALPHA * group.n]
        risk = look_up(world, None, thresholds[max(fine)])[1]
        broken += risk >= ALPHA - 1e-9
    assert broken > binom.ppf(0.999, 100, DELTA)


def test_too_few_requests_prove_nothing() -> None:
    found = draw(make_worlds()["slack"], np.random.default_rng(0), n=400)
    assert (found.strong, found.risk) == (1.0, 0.0)


def test_the_bench_writes_its_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: dict[str, float] = {}
    monkeypatch.setattr(route_guarantee, "write_figures", lambda name, found: written.update(found))
    monkeypatch.setattr(route_guarantee, "measure", lambda draws: measure(10))
    assert route_guarantee.main(["--quick", "--enforce"]) == 0
    assert written["draws"] == 10
    assert "PASS" in capsys.readouterr().out
