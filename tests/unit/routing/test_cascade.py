"""When a cheap answer is kept, when the cheap one leads, and how checks are measured."""

from itertools import pairwise

import numpy as np
import pytest

from fen.routing.cascade import CHECKS, find_lead, foresee, judge
from fen.routing.choose import Candidate
from fen.routing.sieve import PERFECT, Sieve, find_sieve
from fen.routing.signals import Signals
from fen.routing.target import Cascade
from fen.routing.verifier import measure_sieve, measure_sieves
from fen.wire.errors import ConfigError

STRONG = Candidate("strong", 0.9, 1.0)
CHEAP = Candidate("cheap", 0.6, 0.1)


@pytest.mark.parametrize(
    ("signals", "cascade", "check"),
    [
        (Signals(10, schema=False), Cascade(checks=("schema",)), "schema"),
        (Signals(10, schema=None), Cascade(checks=("schema",)), None),
        (Signals(10, schema=False), Cascade(), None),
        (Signals(10, tools=False), Cascade(checks=CHECKS), "tools"),
        (Signals(10, test=False), Cascade(checks=CHECKS), "test"),
        (Signals(10, refusal=True), Cascade(checks=CHECKS), "refusal"),
        (Signals(10, finish="length"), Cascade(checks=CHECKS), "finish"),
        (Signals(10, finish="stop"), Cascade(checks=CHECKS), None),
        (Signals(0), Cascade(checks=("empty",)), "empty"),
        (Signals(0, called=1), Cascade(checks=("empty",)), None),
        (Signals(10, agreement=0.4), Cascade(second="other"), "second"),
        (Signals(10, agreement=0.4), Cascade(), None),
        (Signals(10, agreement=0.6), Cascade(second="other"), None),
        (Signals(11), Cascade(longest=10), "longest"),
        (Signals(10), Cascade(longest=10), None),
        (Signals(10, logprob=-1.5), Cascade(logprob=-1.0), "logprob"),
        (Signals(10, logprob=None), Cascade(logprob=-1.0), None),
        (Signals(10, verified=0.69), Cascade(verifier=0.7), "verifier"),
        (Signals(10, verified=0.7), Cascade(verifier=0.7), None),
    ],
)
def test_an_answer_is_kept_unless_a_check_speaks(
    signals: Signals, cascade: Cascade, check: str | None
) -> None:
    verdict = judge(signals, cascade)
    assert (verdict.kept, verdict.check) == (check is None, check)
    assert (verdict.why is None) == verdict.kept


def test_a_check_that_does_not_exist_is_told() -> None:
    with pytest.raises(ConfigError, match=r"found the check taste .* expected one of schema"):
        judge(Signals(1), Cascade(checks=("taste",)))


def test_a_cascades_cost_and_quality_by_hand() -> None:
    found = foresee(CHEAP, STRONG, Sieve(catches=0.8, alarms=0.1, rescues=0.5), beside=0.02)
    # Escalates .6 x .1 + .4 x .8 = .38; right .6 x .9 + .38 x .5 x .9.
    assert found.escalates == pytest.approx(0.38)
    assert found.cost == pytest.approx(0.1 + 0.02 + 0.38)
    assert found.p == pytest.approx(0.54 + 0.171)


def test_the_strong_one_is_asked_directly_where_a_cascade_costs_more() -> None:
    assert find_lead(STRONG, [CHEAP, STRONG], PERFECT) == CHEAP
    assert find_lead(STRONG, [Candidate("cheap", 0.6, 0.7), STRONG], PERFECT) is None
    assert find_lead(STRONG, [CHEAP, STRONG], PERFECT, beside=0.6) is None
    # Checks that catch little make it worse than the strong one alone.
    assert find_lead(STRONG, [CHEAP, STRONG], Sieve(catches=0.3, alarms=0.0)) is None


def test_rates_are_measured_with_half_an_answer_added() -> None:
    escalated = np.array([True, True, False, False, False, False])
    right = np.array([False, True, True, True, True, False])
    strong = np.array([True, False, True, True, True, False])
    found = measure_sieve(escalated, right, strong)
    assert found.catches == pytest.approx(1.5 / 3)
    assert found.alarms == pytest.approx(1.5 / 5)
    assert found.rescues == pytest.approx(min(1.0, (1.5 / 3) / (4 / 6)))
    assert found.n == 6
    with pytest.raises(ValueError, match="found 0 answers"):
        measure_sieve(escalated[:0], right[:0], strong[:0])


def test_a_stricter_threshold_catches_more_and_alarms_more() -> None:
    random = np.random.default_rng(0)
    right = random.random(500) < 0.6
    verified = np.clip(0.3 * right + 0.7 * random.random(500), 0, 1)
    sieves = measure_sieves(verified, right, random.random(500) < 0.9)
    ordered = [sieves[threshold] for threshold in sorted(sieves)]
    for first, later in pairwise(ordered):
        assert first.catches <= later.catches
        assert first.alarms <= later.alarms
    assert find_sieve(sieves, 0.52) == sieves[0.5]
    assert find_sieve(sieves, None) == PERFECT
    assert find_sieve({}, 0.5) == PERFECT
