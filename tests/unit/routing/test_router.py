"""Who is asked, by each kind of target."""

from decimal import Decimal

import numpy as np
import pytest

from fen.catalogue import Rates
from fen.routing.asked import Asked
from fen.routing.decision import Guarantee, Offer
from fen.routing.expectation import Lessons
from fen.routing.guarantee import Calibration, Group
from fen.routing.pace import Sample, Spent
from fen.routing.router import Router
from fen.routing.sieve import Sieve
from fen.routing.target import Absolute, Cascade, PerCorrect, PerThousand, Relative
from fen.wire.errors import ConfigError, Unsupported
from fen.wire.money import Money
from tests.fakes.expecting import Told, offer, route, usd

ASKED = Asked("What is 7 x 8?")
POOL = {"a/small": (0.6, 0.001), "a/middle": (0.8, 0.004), "b/large": (0.95, 0.02)}
PROVED = Calibration("b/large", ("a/small", "a/middle", "b/large"), (0.25, 0.5), (Group(None, 600, (3, 90)),))


def never() -> float:
    raise AssertionError("nothing was to be drawn")


def decide(
    target, known=POOL, *, lessons=None, familiarity=1.0, unseen=None, standing=None, rate=None, **more
):
    told = Told(known, lessons, familiarity, unseen)
    router = Router(told, more.pop("chance", never), rate, standing)
    return router.decide(ASKED, offer(*known), route(target, tuple(known), **more))


@pytest.mark.parametrize(
    ("probability", "first", "reason"),
    [
        (0.5, "a/small", "target"),
        (0.7, "a/middle", "target"),
        (0.9, "b/large", "target"),
        (0.99, "b/large", "best"),
    ],
)
def test_the_cheapest_that_is_likely_enough(probability: float, first: str, reason: str) -> None:
    decision = decide(Absolute(probability))
    assert (decision.first, decision.reason, decision.propensity) == (first, reason, 1.0)
    assert decision.familiar
    assert decision.artefact == "told"
    assert sorted(decision.order) == sorted(POOL)


def test_savings_are_told_against_the_dearest_or_the_one_named() -> None:
    assert decide(Absolute(0.5)).reference_cost == usd(0.02)
    named = decide(Absolute(0.5), reference="a/middle")
    assert (named.reference, named.reference_cost) == ("a/middle", usd(0.004))
    absent = decide(Absolute(0.5), reference="c/else")
    assert (absent.reference, absent.reference_cost) == ("c/else", None)


def test_an_unknown_model_counts_with_the_lower_end_of_its_interval() -> None:
    known = {**POOL, "c/new": (0.9, 0.0005)}
    assert decide(Absolute(0.7), known).first == "c/new"
    assert decide(Absolute(0.7), known, unseen={"c/new": 0.1}).first == "a/middle"


def test_a_cap_in_another_currency_holds_by_the_days_rate() -> None:
    cap = Money(Decimal("0.03"), "CNY")
    rates = {("USD", "CNY"): Decimal(7)}
    decision = decide(Absolute(0.99), rate=lambda *pair: rates.get(pair), price_cap=cap)
    assert decision.order == ("a/middle", "a/small")
    assert len(decision.estimates) == 3
    with pytest.raises(Unsupported, match=r"0\.03 CNY.*a/small: 0\.001 USD"):
        decide(Absolute(0.99), price_cap=cap)


def test_a_model_without_a_price_is_not_known_to_be_within_a_cap() -> None:
    known = {"a/free": (0.9, None), "a/small": (0.6, 0.001)}
    assert decide(Absolute(0.5), known).first == "a/small"
    assert decide(Absolute(0.8), known).first == "a/free"
    assert decide(Absolute(0.8), known, price_cap=usd(1)).first == "a/small"


def test_excluded_ids_and_vendors_are_not_asked() -> None:
    assert decide(Absolute(0.5), exclude=frozenset({"a/small", "b"})).order == ("a/middle",)
    assert decide(Absolute(0.5), exclude=frozenset({"a/small", "b"})).reason == "only"
    with pytest.raises(Unsupported, match="not excluded"):
        decide(Absolute(0.5), exclude=frozenset({"a", "b"}))


def test_relative_asks_by_the_proved_threshold() -> None:
    lessons = Lessons(calibrations=(PROVED,))
    decision = decide(Relative("b/large", alpha=0.05), lessons=lessons)
    # Losses: small .95 x .4 = .38, middle .95 x .2 = .19; 3 of 600 prove .25, 90 do not prove .5.
    assert decision.first == "a/middle"
    assert decision.order[1] == "b/large"
    assert decision.note is not None
    assert "at most 5.0%" in decision.note
    assert decide(Relative("b/large", alpha=0.3), lessons=lessons).first == "a/small"
    assert decide(Relative("b/large", alpha=0.001), lessons=lessons).first == "b/large"


@pytest.mark.parametrize(
    ("lessons", "known", "note"),
    [
        (Lessons(), POOL, "too few calibration answers"),
        (
            Lessons(calibrations=(Calibration("b/large", tuple(POOL), (0.5,), (Group(None, 499, (0,)),)),)),
            POOL,
            "too few",
        ),
    ],
)
def test_without_a_guarantee_the_reference_itself(lessons: Lessons, known: dict, note: str) -> None:
    decision = decide(Relative("b/large"), known, lessons=lessons)
    assert (decision.first, decision.reason) == ("b/large", "unproven")
    assert decision.note is not None
    assert note in decision.note


def test_a_guarantee_says_nothing_of_another_pool() -> None:
    lessons = Lessons(calibrations=(PROVED,))
    decision = decide(
        Relative("b/large"), lessons=lessons, price_cap=usd(0.02), exclude=frozenset({"a/small"})
    )
    assert (decision.first, decision.reason) == ("b/large", "unproven")
    assert decision.note == "no guarantee: a/small of its pool is not on offer"
    without = decide(Relative("b/large"), lessons=lessons, exclude=frozenset({"b"}))
    assert (without.first, without.reason) == ("a/middle", "unproven")


def test_a_model_that_was_not_in_the_proof_is_not_asked_by_it() -> None:
    known = {**POOL, "c/new": (0.94, 0.0001)}
    assert decide(Relative("b/large"), known, lessons=Lessons(calibrations=(PROVED,))).first == "a/middle"


class Past:
    """A standing with some spending, on which guarantees hold or not."""

    def __init__(self, spent: Spent | None = None, *, held: bool = True) -> None:
        self.past, self.held = spent, held

    def spent(self, route: str) -> Spent | None:
        return self.past

    def holds(self, route: str, guarantee: Guarantee) -> bool:
        return self.held


def test_a_revoked_guarantee_is_none() -> None:
    decision = decide(Relative("b/large"), lessons=Lessons(calibrations=(PROVED,)), standing=Past(held=False))
    assert (decision.first, decision.reason) == ("b/large", "unproven")
    assert decision.note is not None
    assert "revoked" in decision.note


def test_money_for_a_right_answer() -> None:
    assert decide(PerCorrect()).first == "a/small"
    assert decide(PerCorrect(usd(0.006))).first == "a/middle"
    assert decide(PerCorrect(usd(0.03))).first == "b/large"
    over = decide(PerCorrect(usd(0.0001)))
    assert (over.first, over.reason) == ("a/small", "best")


def make_sample() -> Sample:
    random = np.random.default_rng(0)
    hard = random.random(400)
    p = np.stack([0.9 - 0.8 * hard, 0.95 - 0.5 * hard, 0.97 - 0.1 * hard], axis=1)
    return Sample(tuple(POOL), p, np.tile([0.001, 0.004, 0.02], (400, 1)), "USD")


def test_a_budget_buys_the_more_quality_the_larger_it_is() -> None:
    lessons = Lessons(sample=make_sample())
    firsts = [decide(PerThousand(usd(b)), lessons=lessons).first for b in (0.5, 5, 19, 30)]
    assert firsts == ["a/small", "a/middle", "b/large", "b/large"]
    assert decide(PerThousand(usd(0.5)), lessons=lessons).reason == "best"


def test_a_budget_is_kept_on_average_where_requests_are_harder_than_the_samples() -> None:
    sample = make_sample()
    hardest = sample.p[np.argsort(sample.p[:, 0])[:200]]
    paid, past, told = 0.0, Past(), Told(POOL, Lessons(sample=sample))
    router = Router(told, never, None, past)
    policy = route(PerThousand(usd(6)), tuple(POOL))
    for number in range(1, 3001):
        costs = (0.001, 0.004, 0.02)
        told.known = dict(zip(POOL, zip(hardest[number % 200].tolist(), costs, strict=True), strict=True))
        decision = router.decide(ASKED, offer(*POOL), policy)
        paid += told.known[decision.first][1]
        past.past = Spent(number, usd(paid))
    assert paid / 3000 == pytest.approx(0.006, rel=0.05)


def test_spending_in_another_currency_needs_a_rate() -> None:
    past = Past(Spent(1, Money(Decimal(1), "CNY")))
    with pytest.raises(ConfigError, match="USD_PER_CNY"):
        decide(PerThousand(usd(5)), standing=past)


def test_far_from_the_fit_the_past_decides() -> None:
    lessons = Lessons(near=0.2, means={None: {"a/small": 0.9, "a/middle": 0.5, "b/large": 0.99}})
    assert decide(Absolute(0.85), lessons=lessons).first == "b/large"
    far = decide(Absolute(0.85), lessons=lessons, familiarity=0.1)
    assert (far.first, far.reason, far.familiar) == ("a/small", "static", False)
    relative = decide(Relative("b/large"), lessons=lessons, familiarity=0.1)
    assert (relative.first, relative.reason) == ("b/large", "static")


def test_a_budget_far_from_the_fit_is_a_mixture_of_two_models() -> None:
    means: dict[str | None, dict[str, float]] = {None: {model: p for model, (p, _) in POOL.items()}}
    lessons = Lessons(near=0.2, means=means)
    for number, first, share in ((0.1, "a/middle", 0.75), (0.8, "b/large", 0.25)):
        decision = decide(
            PerThousand(usd(8)), lessons=lessons, familiarity=0.0, chance=lambda number=number: number
        )
        assert (decision.first, decision.reason) == (first, "static")
        assert decision.propensity == pytest.approx(share)


def test_without_an_artefact_the_price_orders_the_pool() -> None:
    rates = {
        name: Rates("USD", {"input": Decimal(price), "output": Decimal(2 * price)}, "test")
        for name, price in (("a/small", 1), ("b/large", 9))
    }
    offers = [Offer(name, rates[name]) for name in ("b/large", "a/small")]
    decision = Router(None, never).decide(ASKED, offers, route(Absolute(0.9)))
    assert (decision.order, decision.reason, decision.artefact) == (("a/small", "b/large"), "static", None)
    # 14 characters are 5 tokens; 400 are expected of the answer.
    assert decision.estimates[1].cost == usd((5 * 1 + 400 * 2) / 1e6)
    assert decision.reference_cost == usd((5 * 9 + 400 * 18) / 1e6)
    relative = Router(None, never).decide(ASKED, offers, route(Relative("b/large")))
    assert (relative.first, relative.note) == ("b/large", "no guarantee: no artefact")


def test_the_cheap_one_leads_where_a_cascade_is_cheaper() -> None:
    lessons = Lessons(sieves={0.5: Sieve(catches=0.9, alarms=0.1, rescues=1.0, n=500)})
    decision = decide(Absolute(0.9), lessons=lessons, cascade=Cascade(verifier=0.5))
    assert decision.order[:2] == ("a/middle", "b/large")
    assert decision.escalates
    blind = Lessons(sieves={0.5: Sieve(catches=0.9, alarms=0.9, n=500)})
    direct = decide(Absolute(0.9), lessons=blind, cascade=Cascade(verifier=0.5))
    assert direct.first == "b/large"
    assert not direct.escalates


def test_a_guarantee_is_not_weakened_by_a_cascade() -> None:
    lessons = Lessons(calibrations=(PROVED,))
    assert not decide(Relative("b/large"), lessons=lessons, cascade=Cascade(verifier=0.5)).escalates


def test_exploration_is_drawn_and_logged() -> None:
    numbers = iter([0.01, 0.99])
    decision = decide(Absolute(0.7), explore=0.04, chance=lambda: next(numbers))
    assert (decision.first, decision.reason) == ("b/large", "explored")
    assert decision.propensity == pytest.approx(0.02)
    usual = decide(Absolute(0.7), explore=0.04, chance=lambda: 0.5)
    assert (usual.first, usual.reason) == ("a/middle", "target")
    assert usual.propensity == pytest.approx(0.98)
    # Under a guarantee only the reference is as safe as the choice.
    lessons = Lessons(calibrations=(PROVED,))
    safe = decide(Relative("b/large"), lessons=lessons, explore=0.05, chance=lambda: 0.01)
    assert set(safe.order[:2]) == {"a/middle", "b/large"}
