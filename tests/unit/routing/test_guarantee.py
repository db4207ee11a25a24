"""What is proved, from which counts, and what is not."""

import numpy as np
import pytest
from scipy.stats import binom

from fen.routing.guarantee import (
    LEAST,
    Calibration,
    Expected,
    Group,
    calibrate,
    count_safe,
    fix_thresholds,
    route_all,
)

MODELS = ("cheap", "strong")


def expect(p: list[float], tags: tuple[str | None, ...] | None = None, near: bool = True) -> Expected:
    """Requests with these chances of the cheap model; the strong one has .9 everywhere."""
    n = len(p)
    return Expected(
        MODELS,
        np.stack([np.array(p), np.full(n, 0.9)], axis=1),
        np.tile([0.1, 1.0], (n, 1)),
        np.full(n, near),
        tags or (None,) * n,
    )


def test_the_tail_is_exact_and_the_first_failure_ends_the_sequence() -> None:
    n, alpha, delta = 600, 0.05, 0.05
    most = int(binom.ppf(delta, n, alpha))
    most -= int(binom.cdf(most, n, alpha) > delta)
    assert count_safe([0, most, most + 1, 0], n, alpha, delta) == 2
    assert binom.cdf(most, n, alpha) <= delta < binom.cdf(most + 1, n, alpha)
    assert count_safe([most + 1, 0], n, alpha, delta) == 0


def test_fewer_than_the_least_prove_nothing() -> None:
    def make(n: int) -> Calibration:
        return Calibration("strong", MODELS, (0.5,), (Group(None, n, (0,)),))

    assert make(LEAST - 1).prove(0.05, 0.05) is None
    proved = make(LEAST).prove(0.05, 0.05)
    assert proved is not None
    assert (proved.threshold, proved.n, proved.wrong) == (0.5, LEAST, 0)


def test_nothing_safe_leaves_the_reference_alone() -> None:
    proved = Calibration("strong", MODELS, (0.5,), (Group(None, 600, (300,)),)).prove(0.05, 0.05)
    assert proved is not None
    assert (proved.threshold, proved.wrong) == (0.0, 0)


def test_kinds_of_work_share_delta() -> None:
    n, most = 600, int(binom.ppf(0.05, 600, 0.05)) - 1
    alone = Calibration("strong", MODELS, (0.5,), (Group(None, n, (most,)),))
    groups = (Group(None, n, (most,)), *(Group(tag, n, (0,)) for tag in ("code", "maths", "prose", "law")))
    shared = Calibration("strong", MODELS, (0.5,), groups)
    assert binom.cdf(most, n, 0.05) > 0.05 / 5
    found = [one.prove(0.05, 0.05) for one in (alone, shared)]
    assert [one.threshold for one in found if one is not None] == [0.5, 0.0]
    own = shared.prove(0.05, 0.05, "code")
    assert own is not None
    assert (own.tag, own.threshold) == ("code", 0.5)
    other = shared.prove(0.05, 0.05, "unheard of")
    assert other is not None
    assert other.tag is None


def test_a_tag_with_requests_enough_is_counted_on_its_own() -> None:
    p = [0.5] * 1200
    tags = (*["code"] * 600, *["rare"] * 100, *[None] * 500)
    right = np.ones((1200, 2), dtype=bool)
    right[:30, 0] = False
    right[600:610, 1] = False
    right[1199, 0] = False
    found = calibrate(expect(p, tags), right, "strong", (0.1, 0.5))
    assert found.groups == (Group(None, 590, (0, 1)), Group("code", 600, (0, 30)))


def test_what_the_reference_gets_wrong_does_not_count() -> None:
    right = np.zeros((10, 2), dtype=bool)
    assert calibrate(expect([0.5] * 10), right, "strong", (0.9,)).groups == (Group(None, 0, (0,)),)


def test_what_is_unfamiliar_goes_to_the_reference() -> None:
    assert route_all(expect([0.99] * 3, near=False), "strong", [1.0])[0].tolist() == [1, 1, 1]
    assert route_all(expect([0.99] * 3), "strong", [1.0])[0].tolist() == [0, 0, 0]


def test_thresholds_ascend_and_the_last_lets_all_in() -> None:
    expected = expect(np.linspace(0.0, 1.0, 500).tolist())
    thresholds = fix_thresholds(expected, "strong")
    assert list(thresholds) == sorted(set(thresholds))
    assert (route_all(expected, "strong", thresholds[-1:])[0] == 0).all()
    assert 30 < len(thresholds) <= 40
    # Nothing is cheaper than the cheap one: there is nothing to choose.
    assert fix_thresholds(expected, "cheap") == ()


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the reference other"):
        fix_thresholds(expect([0.5]), "other")
    with pytest.raises(ValueError, match=r"found alpha 0\.0"):
        Calibration("strong", MODELS, (), ()).prove(0.0, 0.05)
