"""Laws of choosing: stricter is never cheaper, caps hold, order decides nothing, chances sum to one."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fen.routing.asked import Asked
from fen.routing.cascade import foresee
from fen.routing.choose import Candidate
from fen.routing.decision import Decision
from fen.routing.expectation import Lessons
from fen.routing.explore import Odds, Plan, limit_share
from fen.routing.guarantee import Calibration, Expected, Group, route_all
from fen.routing.pace import Sample
from fen.routing.router import Router
from fen.routing.sieve import Sieve
from fen.routing.target import Absolute, Cascade, PerCorrect, PerThousand, Relative, RoutePolicy, Target
from fen.wire.errors import Unsupported
from tests.fakes.expecting import Told, offer, route, usd
from tests.sizes import pick

MODELS = ("a/one", "a/two", "b/three", "c/four", "d/five")
LAWS = settings(max_examples=pick(60, 1000), deadline=None)
# Coarse steps, so that ties are frequent.
SHARES = st.integers(0, 20).map(lambda step: step / 20)
COSTS = st.integers(1, 12).map(lambda step: step / 1000)
POOLS = st.dictionaries(st.sampled_from(MODELS), st.tuples(SHARES, COSTS), min_size=1)
TARGETS = st.one_of(
    st.builds(Absolute, SHARES),
    st.builds(PerCorrect, st.none() | COSTS.map(usd)),
    st.builds(PerThousand, st.integers(1, 14).map(usd)),
    st.builds(Relative, st.sampled_from(MODELS), st.sampled_from((0.01, 0.05, 0.2))),
)
FAMILIAR = st.sampled_from((0.0, 1.0))


def make_lessons(seed: int) -> Lessons:
    """Lessons of a fit, with a calibration for the first and the last model."""
    random = np.random.default_rng(seed)
    p = random.random((50, len(MODELS)))
    cost = random.integers(1, 12, (50, len(MODELS))) / 1000
    groups = (Group(None, 600, (0, 8, 25, 60, 130)),)
    thresholds = (0.1, 0.2, 0.4, 0.6, 1.0)
    return Lessons(
        near=0.5,
        means={None: dict(zip(MODELS, p.mean(axis=0).tolist(), strict=True))},
        calibrations=tuple(Calibration(model, MODELS, thresholds, groups) for model in MODELS[::4]),
        sample=Sample(MODELS, p, cost, "USD"),
    )


LESSONS = make_lessons(0)


def decide(told: Told, models: tuple[str, ...], policy: RoutePolicy, number: float = 0.0) -> Decision:
    return Router(told, lambda: number).decide(Asked("x"), offer(*models), policy)


def expect_cost(told: Told, policy: RoutePolicy) -> float:
    """The expected cost of a request over the draws of its decision."""
    numbers = (np.arange(40) + 0.5) / 40
    costs = [told.known[decide(told, tuple(told.known), policy, n).first][1] for n in numbers]
    return float(np.mean(np.array(costs, dtype=float)))


def rising(kind: str, levels: list[float]) -> list[Target]:
    """Targets of one kind, each asking for at least the quality of the one before."""
    match kind:
        case "absolute":
            return [Absolute(level) for level in levels]
        case "relative":
            return [Relative("d/five", alpha=0.5 - 0.499 * level) for level in levels]
        case "certain":
            return [Relative("d/five", alpha=0.05, delta=0.5 - 0.499 * level) for level in levels]
        case "per_correct":
            return [PerCorrect(usd(round(0.02 * level, 6))) for level in levels]
        case _:
            return [PerThousand(usd(round(13 * level, 6))) for level in levels]


@LAWS
@given(
    pool=st.fixed_dictionaries({model: st.tuples(SHARES, COSTS) for model in MODELS}),
    kind=st.sampled_from(("absolute", "relative", "certain", "per_correct", "per_thousand")),
    levels=st.lists(SHARES, min_size=2, max_size=5, unique=True).map(sorted),
    familiarity=FAMILIAR,
)
def test_a_stricter_target_is_never_cheaper(
    pool: dict[str, tuple[float, float]], kind: str, levels: list[float], familiarity: float
) -> None:
    told = Told(pool, LESSONS, familiarity)
    costs = [expect_cost(told, route(target, MODELS)) for target in rising(kind, levels)]
    # A mixture's cost is averaged over 40 draws.
    slack = 0.012 / 40 if kind == "per_thousand" and not familiarity else 1e-12
    assert all(later >= earlier - slack for earlier, later in pairwise(costs))


@LAWS
@given(
    pool=st.fixed_dictionaries({model: st.tuples(SHARES, COSTS) for model in MODELS}),
    kind=st.sampled_from(("per_correct", "per_thousand")),
    levels=st.lists(SHARES, min_size=2, max_size=5, unique=True).map(sorted),
)
def test_more_money_never_buys_less_quality(
    pool: dict[str, tuple[float, float]], kind: str, levels: list[float]
) -> None:
    told = Told(pool, LESSONS)
    within = min(cost / p if p else np.inf for p, cost in pool.values())
    firsts = [
        decide(told, MODELS, route(target, MODELS)).first
        for level, target in zip(levels, rising(kind, levels), strict=True)
        if kind == "per_thousand" or 0.02 * level > within
    ]
    assert all(pool[later][0] >= pool[earlier][0] for earlier, later in pairwise(firsts))


@LAWS
@given(
    pool=POOLS,
    target=TARGETS,
    familiarity=FAMILIAR,
    cap=COSTS,
    exclude=st.frozensets(st.sampled_from((*MODELS, "a", "c"))),
    explore=st.sampled_from((0.0, 0.05)),
    cascade=st.sampled_from((None, Cascade(verifier=0.5))),
    number=st.floats(0, 0.999),
)
def test_caps_and_exclusions_always_hold(
    pool, target, familiarity, cap, exclude, explore, cascade, number
) -> None:
    told = Told(pool, LESSONS, familiarity)
    policy = route(target, MODELS, price_cap=usd(cap), exclude=exclude, explore=explore, cascade=cascade)
    allowed = {
        model
        for model, (_, cost) in pool.items()
        if cost <= cap and model not in exclude and model.split("/")[0] not in exclude
    }
    if not allowed:
        with pytest.raises(Unsupported):
            decide(told, tuple(pool), policy, number)
        return
    decision = decide(told, tuple(pool), policy, number)
    assert set(decision.order) == allowed
    assert len(decision.order) == len(allowed)
    assert 0.0 < decision.propensity <= 1.0


@LAWS
@given(pool=POOLS, target=TARGETS, familiarity=FAMILIAR, shuffle=st.randoms(), number=st.floats(0, 0.999))
def test_the_order_of_offers_decides_nothing(pool, target, familiarity, shuffle, number) -> None:
    told, models = Told(pool, LESSONS, familiarity), list(pool)
    policy = route(target, MODELS, explore=0.03, cascade=Cascade(verifier=0.5))
    first = decide(told, tuple(models), policy, number)
    shuffle.shuffle(models)
    again = decide(told, tuple(models), policy, number)
    assert (first.order, first.reason, first.propensity) == (again.order, again.reason, again.propensity)
    assert (first.reference, first.reference_cost) == (again.reference, again.reference_cost)


@LAWS
@given(
    wanted=st.lists(st.sampled_from(MODELS), min_size=1, max_size=2, unique=True),
    share=SHARES,
    adequate=st.lists(st.sampled_from(MODELS), min_size=1, unique=True),
    explore=st.floats(0, 0.05),
    lead=st.booleans(),
)
def test_propensities_sum_to_one_and_are_those_drawn(wanted, share, adequate, explore, lead) -> None:
    plans = [Plan(model, "e/lead" if lead else None) for model in wanted]
    shares = [1.0] if len(plans) == 1 else [share, 1.0 - share]
    odds = Odds(tuple(zip(plans, shares, strict=True)), tuple(adequate), limit_share(explore, adequate))
    chances = odds.chances()
    assert sum(chances.values()) == pytest.approx(1.0)
    numbers = iter(np.random.default_rng(0).random(20).tolist())
    for _ in range(8):
        drawn = odds.draw(lambda: next(numbers))
        assert drawn.propensity == pytest.approx(chances[drawn.plan])
        assert drawn.propensity > 0.0


@LAWS
@given(seed=st.integers(0, 10**6), threshold=st.sampled_from((0.1, 0.2, 0.4, 0.6, 1.0)))
def test_the_rule_that_is_proved_is_the_rule_that_decides(seed: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    p = random.integers(0, 11, (6, len(MODELS))) / 10
    cost = random.integers(1, 5, (6, len(MODELS))) / 1000
    familiar = random.random(6) < 0.8
    expected = Expected(MODELS, p, cost, familiar, (None,) * 6)
    reference = MODELS[int(random.integers(len(MODELS)))]
    proved = Calibration(reference, MODELS, (threshold,), (Group(None, 600, (0,)),))
    rule = route_all(expected, reference, [threshold])[0]
    for row in range(6):
        known = {model: (float(p[row, at]), float(cost[row, at])) for at, model in enumerate(MODELS)}
        told = Told(known, Lessons(near=0.5, calibrations=(proved,)), float(familiar[row]))
        decision = decide(told, MODELS, route(Relative(reference), MODELS))
        assert decision.first == MODELS[rule[row]]


@LAWS
@given(pool=POOLS, catches=SHARES, alarms=SHARES)
def test_a_cascade_that_leads_is_cheaper_and_no_worse_than_the_strong_one(pool, catches, alarms) -> None:
    sieve = Sieve(catches, alarms, 0.9, 100)
    told = Told(pool, Lessons(sieves={0.5: sieve}))
    decision = decide(told, tuple(pool), route(Absolute(0.7), MODELS, cascade=Cascade(verifier=0.5)))
    if decision.escalates:
        cheap, strong = (Candidate(model, *pool[model]) for model in decision.order[:2])
        prospect = foresee(cheap, strong, sieve)
        assert prospect.cost < strong.cost
        assert prospect.p >= strong.p


@LAWS
@example(pool={"a/one": (0.4, 0.006), "a/two": (0.6, 0.009)}, target=PerCorrect(None), factor="7")
@given(pool=POOLS, target=TARGETS, factor=st.sampled_from(("0.5", "7", "0.13")))
def test_the_currency_of_a_cap_decides_nothing(pool, target, factor) -> None:
    told = Told(pool, LESSONS)
    plain = decide(told, tuple(pool), route(target, MODELS, price_cap=usd(1)))
    rates = {("USD", "CNY"): Decimal(factor)}
    router = Router(told, lambda: 0.0, lambda *pair: rates.get(pair))
    cap = usd(1) * Decimal(factor)
    policy = route(target, MODELS, price_cap=type(cap)(cap.amount, "CNY"))
    assert router.decide(Asked("x"), offer(*pool), policy).first == plain.first
