"""What a budget per thousand requests makes a point of quality worth."""

import msgspec
import numpy as np
import pytest

from fen.routing.pace import HORIZON, Curve, Sample, allow, draw_curve


def make_sample(seed: int = 0) -> Sample:
    random = np.random.default_rng(seed)
    hard = random.random(500)
    p = np.stack([0.9 - 0.8 * hard, 0.95 - 0.5 * hard, 0.97 - 0.1 * hard], axis=1)
    cost = np.array([0.001, 0.004, 0.02]) * random.lognormal(0.0, 0.5, (500, 3))
    return Sample(("a", "b", "c"), p, cost, "USD")


def draw(sample: Sample) -> Curve:
    curve = draw_curve(sample)
    assert curve is not None
    return curve


def pay(sample: Sample, price: float) -> float:
    """The mean cost of the sample's requests at a price."""
    chosen = (sample.p - price * sample.cost).argmax(axis=1)
    return float(sample.cost[np.arange(500), chosen].mean())


def test_the_price_keeps_the_budget_and_uses_it() -> None:
    sample = make_sample()
    curve = draw(sample)
    for budget in (0.002, 0.004, 0.008, 0.015):
        price = curve.price(budget)
        assert price is not None
        assert 0.9 * budget < pay(sample, price) <= budget


def test_the_ends_of_the_curve() -> None:
    sample = make_sample()
    curve = draw(sample)
    least = float(sample.cost.min(axis=1).mean())
    assert curve.price(0.99 * least) is None
    assert curve.price(least) is not None
    assert curve.price(1.0) == 0.0
    assert np.all(np.diff(curve.prices) < 0)
    assert np.all(np.diff(curve.spend) >= -1e-12)


def test_models_without_a_price_are_left_out_of_the_curve() -> None:
    sample = make_sample()
    cost = sample.cost.copy()
    cost[3, 2] = np.inf
    curve = draw(msgspec.structs.replace(sample, cost=cost))
    assert np.allclose(curve.spend, draw(sample.select(frozenset("ab"))).spend)
    nothing = msgspec.structs.replace(sample, cost=np.full_like(cost, np.inf))
    assert draw_curve(nothing) is None
    assert draw_curve(Sample((), np.zeros((0, 0)), np.zeros((0, 0)), "USD")) is None


def test_what_was_spent_over_or_under_is_made_good() -> None:
    assert allow(0.01, 0, 0.0) == 0.01
    assert allow(0.01, 500, 5.0) == pytest.approx(0.01)
    assert allow(0.01, 500, 6.0) == pytest.approx(0.01 - 1.0 / HORIZON)
    assert allow(0.01, 500, 4.0) == pytest.approx(0.01 + 1.0 / HORIZON)
    assert allow(0.01, 500, 500.0) == 0.0
    assert allow(0.01, 10**6, 0.0) == pytest.approx(0.02)
