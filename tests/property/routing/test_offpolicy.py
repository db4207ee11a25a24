"""A known policy's value lies within its interval as often as it says, from another policy's log."""

import numpy as np
import pytest

from fen.routing.explore import Odds, Plan
from fen.routing.offpolicy import (
    Floats,
    Logged,
    Value,
    always,
    estimate_dr,
    estimate_ips,
    estimate_snips,
    predict_means,
)
from tests.sizes import pick

MODELS = ("a/one", "b/two", "c/three")
LOGS, N = pick(120, 1_000), 3_000

Random = np.random.Generator


def right(hard: Floats) -> Floats:
    """The true chance of a good answer, shape (n, models)."""
    return np.stack([0.9 - 0.7 * hard, 0.9 - 0.4 * hard, 0.95 - 0.1 * hard], axis=1)


def log(random: Random) -> tuple[Logged, Floats]:
    """Decisions by hardness, explored by 5%, with feedback of whom was asked only."""
    hard = random.random(N)
    asked, propensity = np.zeros(N, dtype=np.intp), np.zeros(N)
    for row in range(N):
        wanted = MODELS[0] if hard[row] < 0.4 else MODELS[1]
        drawn = Odds(((Plan(wanted), 1.0),), MODELS, 0.05).draw(random.random)
        asked[row], propensity[row] = MODELS.index(drawn.plan.first), drawn.propensity
    score = (random.random(N) < right(hard)[np.arange(N), asked]).astype(float)
    return Logged(MODELS, asked, propensity, score), hard


def other_policy(hard: Floats) -> Floats:
    """Asks the strongest for what is hard, the cheapest for the rest."""
    policy = np.zeros((N, 3))
    policy[hard >= 0.7, 2] = 1.0
    policy[hard < 0.7, 0] = 1.0
    return policy


def true_value(random: Random) -> float:
    hard = np.linspace(0, 1, N)
    return float((other_policy(hard) * right(hard)).sum(axis=1).mean())


def test_the_value_lies_within_its_interval() -> None:
    truth = true_value(np.random.default_rng(0))
    held = {"ips": 0, "snips": 0, "dr": 0, "dr_wrong": 0}
    widths: dict[str, list[float]] = {name: [] for name in held}
    for seed in range(LOGS):
        logged, hard = log(np.random.default_rng([1, seed]))
        policy = other_policy(hard)
        found: dict[str, Value] = {
            "ips": estimate_ips(logged, policy),
            "snips": estimate_snips(logged, policy),
            "dr": estimate_dr(logged, policy, right(hard)),
            "dr_wrong": estimate_dr(logged, policy, predict_means(logged, seed=seed)),
        }
        for name, value in found.items():
            low, high = value.interval()
            held[name] += low <= truth <= high
            widths[name].append(high - low)
            assert value.reliable
    # The weights are few and large: the normal approximation falls a little short of 95%.
    assert all(pick(0.88, 0.91) <= count / LOGS <= 1.0 for count in held.values()), held
    assert np.mean(widths["dr"]) < np.mean(widths["ips"])
    assert np.mean(widths["snips"]) < np.mean(widths["ips"])


def test_the_mean_of_logged_scores_would_be_wrong() -> None:
    logged, hard = log(np.random.default_rng(3))
    strong = always(logged, "c/three")
    truth = float(right(np.linspace(0, 1, N))[:, 2].mean())
    naive = float(logged.score.mean())
    low, high = estimate_snips(logged, strong).interval(0.999)
    assert low <= truth <= high
    assert abs(naive - truth) > 0.1
    assert hard.shape == (N,)


def test_a_log_that_does_not_cover_the_policy_is_told() -> None:
    random = np.random.default_rng(4)
    hard = random.random(N)
    # Without exploration the strongest is asked for the easy half only.
    asked = np.where(hard < 0.5, 2, 0)
    score = (random.random(N) < right(hard)[np.arange(N), asked]).astype(float)
    logged = Logged(MODELS, asked, np.ones(N), score)
    value = estimate_snips(logged, always(logged, "c/three"))
    assert value.weight == pytest.approx(0.5, abs=0.05)
    assert not value.reliable
