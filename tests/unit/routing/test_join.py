"""A model joins an artefact by few outcomes: what is kept of it, and that nothing else changes."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from fen.catalogue import Rates
from fen.routing import Absolute, Asked, Offer, PerThousand, Relative, RoutePolicy
from fen.routing.artefact import Artefact, load_artefact, save_artefact
from fen.routing.fit import fit_artefact, hash_evidence
from fen.routing.guarantee import Calibration, Group
from fen.routing.join import join_artefact
from fen.routing.learn import Setting
from fen.routing.manifest import Recipe
from fen.routing.outcome import Evidence, Outcome, Vote
from fen.routing.router import Router
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money
from tests.fakes.outcomes import MODELS, make_outcomes, make_prompts

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SETTING = Setting({}, {"new": "vendor's new"}, NOW)
OFFERS = [Offer(model, None) for model in MODELS]
NEW = Offer("new", None)
PROVED = Calibration("strong", ("cheap", "strong"), (0.2, 0.5), (Group(None, 800, (5, 10)),))
SUMS = [Asked(prompt) for prompt, is_sum in make_prompts(60, seed=5) if is_sum]
RHYMES = [Asked(prompt) for prompt, is_sum in make_prompts(60, seed=5) if not is_sum]
REMOVED = ("cost", "output_tokens")


def make_evidence(rows: list[dict[str, Any]], model: str | None = None) -> Evidence:
    """Return rows as outcomes; under one model's name where one is given."""
    return Evidence(
        tuple(
            Outcome(
                Asked(str(row["prompt"]), tag=None if row.get("tag") is None else str(row["tag"])),
                model or str(row["model"]),
                float(bool(row["correct"])),
                None if row.get("cost") is None else Money(Decimal(str(row["cost"])), "USD"),
                msgspec.convert(row.get("output_tokens"), int | None),
            )
            for row in rows
        )
    )


def draw_new(count: int, like: str = "strong", without: tuple[str, ...] = ()) -> Evidence:
    """Return outcomes of a new model that is as good as one of the others, on prompts of its own."""
    rows = [row for row in make_outcomes(count, seed=7, tag="new-tag") if row["model"] == like]
    return make_evidence([{**row, **dict.fromkeys(without)} for row in rows], "new")


@pytest.fixture(scope="module")
def fitted() -> Artefact:
    artefact = fit_artefact(make_evidence(make_outcomes(150, tag="work")), Recipe(bits=12), SETTING)
    lessons = msgspec.structs.replace(artefact.lessons, calibrations=(PROVED,))
    return Artefact(artefact.manifest, msgspec.structs.replace(artefact.fitted, lessons=lessons))


@pytest.fixture(scope="module")
def joined(fitted: Artefact) -> Artefact:
    return join_artefact(fitted, "new", draw_new(60), SETTING)


def test_what_is_expected_of_the_others_stays_the_same_to_the_last_bit(
    fitted: Artefact, joined: Artefact, tmp_path: Path
):
    asked = [*SUMS[:10], *RHYMES[:10], Asked("Καλημέρα κόσμε", tag="work")]
    again = join_artefact(joined, "newer", make_evidence(make_outcomes(30, seed=8)[::3], "newer"), SETTING)
    save_artefact(tmp_path / "joined.fen", again)
    before = fitted.expect_all(asked, OFFERS)
    for artefact in (joined, again, load_artefact(tmp_path / "joined.fen")):
        assert [(found[:3], near) for found, near in artefact.expect_all(asked, [*OFFERS, NEW])] == before
        assert all(found[3].known for found, _ in artefact.expect_all(asked, [*OFFERS, NEW]))
        assert artefact.lessons.near == fitted.lessons.near


def test_the_new_one_is_known_by_its_quality_length_and_cost(joined: Artefact):
    sums = [found[0] for found, _ in joined.expect_all(SUMS, [NEW])]
    assert np.mean([one.p for one in sums]) == pytest.approx(MODELS["strong"][0], abs=0.1)
    assert all(one.known and one.low < one.p < one.high for one in sums)
    assert np.mean([one.output_tokens for one in sums]) == pytest.approx(70, rel=0.1)
    paid = [float(one.cost.amount) for one in sums if one.cost is not None]
    assert np.mean(paid) == pytest.approx(MODELS["strong"][2], rel=0.15)


def test_the_manifest_says_who_joined_and_by_what(fitted: Artefact, joined: Artefact):
    told = joined.manifest
    [newcomer] = told.joined
    assert (newcomer.model, newcomer.outcomes, newcomer.requests) == ("new", 60, 60)
    assert newcomer.data == hash_evidence(draw_new(60))
    assert (newcomer.lengths, newcomer.costs, newcomer.made) == (60, 60, NOW)
    assert (told.models[-1].model, told.models[-1].outcomes) == ("new", 60)
    assert told.aliases["new"] == "vendor's new"
    assert told.id != fitted.manifest.id
    kept = {"data", "requests", "outcomes", "metrics", "guarantees", "recipe", "tags", "fen", "made"}
    assert all(getattr(told, name) == getattr(fitted.manifest, name) for name in kept)
    assert joined.models == (*fitted.models, "new")


def test_what_was_not_told_is_the_usual_length_and_no_cost(fitted: Artefact):
    joined = join_artefact(fitted, "new", draw_new(60, without=REMOVED), SETTING)
    (found,), _ = joined.expect(SUMS[0], [NEW])
    assert found.known
    assert found.cost is None
    assert found.output_tokens == fitted.expect(SUMS[0], [NEW])[0][0].output_tokens
    assert (joined.manifest.joined[0].lengths, joined.manifest.joined[0].costs) == (0, 0)
    assert joined.lessons.sample is fitted.lessons.sample


def test_lengths_are_told_by_costs_where_a_price_is_known(fitted: Artefact):
    rates = Rates("USD", {"input": Decimal(1), "output": Decimal(100)}, "test")
    setting = msgspec.structs.replace(SETTING, rates={"new": rates})
    joined = join_artefact(fitted, "new", draw_new(60, without=("output_tokens",)), setting)
    assert joined.manifest.joined[0].lengths == 60
    (found,), _ = joined.expect(SUMS[0], [NEW])
    assert found.output_tokens == pytest.approx(100, rel=0.15)


def test_few_outcomes_are_shrunk_towards_what_is_usual(fitted: Artefact, joined: Artefact):
    usual, means = fitted.lessons.means, joined.lessons.means
    right = sum(one.score for one in draw_new(60).outcomes)
    expected = (right + 5 * np.mean(list(usual[None].values()))) / 65
    assert means[None]["new"] == pytest.approx(expected)
    assert means["work"]["new"] == pytest.approx(expected)  # none of its outcomes has that tag
    assert "new-tag" not in means
    for tag, others in usual.items():
        assert {name: means[tag][name] for name in others} == others


def test_budgets_are_priced_with_the_new_one(fitted: Artefact, joined: Artefact):
    before, sample = fitted.lessons.sample, joined.lessons.sample
    assert before is not None
    assert sample is not None
    assert sample.models == (*before.models, "new")
    np.testing.assert_array_equal(sample.p[:, :3], before.p)
    np.testing.assert_array_equal(sample.cost[:, :3], before.cost)
    assert sample.cost[:, 3].mean() == pytest.approx(MODELS["strong"][2], rel=0.15)
    assert sample.p[:, 3].mean() == pytest.approx(0.95, abs=0.08)
    policy = RoutePolicy("fen/test", (*MODELS, "new"), PerThousand(Money(Decimal(5), "USD")))
    router = Router(joined, lambda: 0.5)
    spent = [
        one.cost.amount
        for asked in (*SUMS, *RHYMES)
        if (decision := router.decide(asked, [*OFFERS, NEW], policy))
        and (one := decision.find(decision.first))
        and one.cost is not None
    ]
    assert sum(spent) / len(spent) < Decimal("0.0075")


def test_a_guarantee_holds_for_those_that_it_was_proved_on(fitted: Artefact, joined: Artefact):
    pool = (*MODELS, "new")
    policy = RoutePolicy("fen/test", pool, Relative("strong", 0.05, 0.05))
    free = Offer("new", Rates("USD", {"input": Decimal(0), "output": Decimal(0)}, "test"))
    before = Router(fitted, lambda: 0.5)
    after = Router(joined, lambda: 0.5)
    for asked in (*SUMS[:10], *RHYMES[:10]):
        old, new = (router.decide(asked, [*OFFERS, free], policy) for router in (before, after))
        assert old.guarantee is not None
        assert (new.first, new.guarantee, new.note) == (old.first, old.guarantee, old.note)
        assert new.first != "new"
    alone = RoutePolicy("fen/test", pool, Relative("new", 0.05, 0.05))
    decision = after.decide(SUMS[0], [*OFFERS, free], alone)
    assert (decision.first, decision.guarantee) == ("new", None)
    assert decision.note is not None
    assert "no guarantee" in decision.note


def test_a_router_asks_the_new_one_where_it_is_the_cheapest(joined: Artefact):
    policy = RoutePolicy("fen/test", (*MODELS, "new"), Absolute(0.8))
    free = Offer("new", Rates("USD", {"input": Decimal(0), "output": Decimal(0)}, "test"))
    decision = Router(joined, lambda: 0.5).decide(SUMS[0], [*OFFERS, free], policy)
    assert (decision.first, decision.artefact) == ("new", joined.id)


def refuse_known(artefact: Artefact) -> Artefact:
    return join_artefact(artefact, "cheap", draw_new(60), SETTING)


def refuse_few(artefact: Artefact) -> Artefact:
    again = draw_new(24)
    return join_artefact(artefact, "new", again + again, SETTING)


def refuse_others(artefact: Artefact) -> Artefact:
    return join_artefact(artefact, "new", draw_new(30) + make_evidence(make_outcomes(2)), SETTING)


def refuse_votes(artefact: Artefact) -> Artefact:
    vote = Evidence(votes=(Vote(SUMS[0], "new", "cheap", "a"),))
    return join_artefact(artefact, "new", draw_new(30) + vote, SETTING)


def refuse_currency(artefact: Artefact) -> Artefact:
    paid = Money(Decimal(1), "CNY")
    outcomes = tuple(msgspec.structs.replace(one, cost=paid) for one in draw_new(30).outcomes)
    return join_artefact(artefact, "new", Evidence(outcomes), SETTING)


@pytest.mark.parametrize(
    ("refuse", "said"),
    [
        (refuse_known, "found cheap in the artefact already"),
        (refuse_few, "found 24 requests with a score of new, expected at least 25"),
        (refuse_others, "found outcomes of cheap, middle, strong, expected those of new alone"),
        (refuse_votes, "found 1 votes, expected outcomes of new alone"),
        (refuse_currency, "found costs in CNY, expected USD as in the artefact"),
    ],
)
def test_what_cannot_join_is_refused(fitted: Artefact, refuse: Callable[[Artefact], Artefact], said: str):
    with pytest.raises(InvalidRequest, match=said):
        refuse(fitted)
