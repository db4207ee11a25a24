"""Fitting: what is held back, what a manifest says, what a file keeps, and what is expected of an offer."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fen.catalogue import Rates
from fen.routing import Absolute, Asked, Offer, PerThousand, RoutePolicy
from fen.routing.artefact import Artefact, load_artefact, read_manifest, save_artefact
from fen.routing.fit import fit_artefact, hash_evidence, hold_back
from fen.routing.learn import Setting
from fen.routing.manifest import FORMAT, Recipe
from fen.routing.outcome import Evidence, Outcome, Vote
from fen.routing.pivot import pivot
from fen.routing.router import Router
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money
from fen.wire.usage import Meter
from tests.fakes.outcomes import MODELS, make_outcomes

PRICES: dict[Meter, Decimal] = {
    "input": Decimal(1),
    "cached_input": Decimal("0.1"),
    "output": Decimal(100),
    "reasoning": Decimal(100),
}
RATES = Rates("USD", PRICES, "test")
SETTING = Setting({}, {"cheap": "vendor's cheap"}, datetime(2026, 1, 2, tzinfo=UTC))
SUM = Asked("What is 482 * 373 + 241 - 1?")


def make_evidence(count: int, *, costs: bool = True, tokens: bool = True) -> Evidence:
    rows = make_outcomes(count)
    outcomes = [
        Outcome(
            Asked(row["prompt"], tag="even" if number // 6 % 2 else None),
            row["model"],
            float(row["correct"]),
            Money(Decimal(repr(row["cost"])), "USD") if costs else None,
            row["output_tokens"] if tokens else None,
            10 if tokens else None,
        )
        for number, row in enumerate(rows)
    ]
    return Evidence(tuple(outcomes))


EVIDENCE = make_evidence(400)


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return fit_artefact(EVIDENCE, Recipe(bits=12), SETTING)


def test_equal_texts_are_held_back_together_and_stay_where_they_are():
    matrices = pivot(EVIDENCE)
    recipe = Recipe(bits=12)
    kept, held = hold_back(matrices, recipe)
    assert sorted([*kept, *held]) == list(range(len(matrices.asked)))
    assert len(held) / len(matrices.asked) == pytest.approx(recipe.held, abs=0.07)
    fitted, measured = ({matrices.asked[row].text for row in rows.tolist()} for rows in (kept, held))
    assert not fitted & measured
    more = pivot(make_evidence(420))
    again = {more.asked[row].text for row in hold_back(more, recipe)[1].tolist()}
    assert measured <= again
    assert not fitted & again


def test_of_few_prompts_none_is_held_back():
    matrices = pivot(make_evidence(40))
    assert len(hold_back(matrices, Recipe())[1]) == 0


def test_the_manifest_says_what_was_learnt(artefact: Artefact):
    told = artefact.manifest
    assert (told.outcomes, told.votes) == (1200, 0)
    assert told.tags == {"even": 200}
    assert [one.model for one in told.models] == sorted(MODELS)
    assert all(one.outcomes == 400 for one in told.models)
    assert told.aliases == {"cheap": "vendor's cheap"}
    assert told.data == hash_evidence(Evidence(EVIDENCE.outcomes[::-1]))
    assert told.made == SETTING.now
    assert 0 <= told.metrics["ece"] <= 1


def test_too_few_outcomes_are_refused():
    with pytest.raises(InvalidRequest, match="found 24 outcomes and votes, expected at least 25"):
        fit_artefact(Evidence(EVIDENCE.outcomes[:24]), Recipe(bits=12), SETTING)


def test_a_file_keeps_all_that_was_learnt(artefact: Artefact, tmp_path: Path):
    path = tmp_path / "new" / "made.fen"
    save_artefact(path, artefact)
    loaded = load_artefact(path)
    offers = [Offer(model, RATES) for model in (*MODELS, "new")]
    assert loaded.expect(SUM, offers) == artefact.expect(SUM, offers)
    assert loaded.lessons.means == artefact.lessons.means
    assert loaded.lessons.sample is not None
    assert artefact.lessons.sample is not None
    np.testing.assert_array_equal(loaded.lessons.sample.p, artefact.lessons.sample.p)
    assert read_manifest(path) == loaded.manifest
    assert loaded.id == artefact.id


def test_a_request_is_expected_alone_what_it_is_among_others(artefact: Artefact):
    offers = [Offer(model, RATES, held=3) for model in MODELS]
    asked = [one.asked for one in EVIDENCE.outcomes[:90:3]]
    together = artefact.expect_all(asked, offers)
    assert [artefact.expect(one, offers) for one in asked] == together


def test_a_model_that_was_not_seen_may_be_anything(artefact: Artefact):
    (known, new), _ = artefact.expect(SUM, [Offer("strong", RATES), Offer("new", RATES)])
    assert known.known
    assert (new.known, new.low, new.high) == (False, 0.0, 1.0)
    assert new.cost is not None
    assert 50 < new.output_tokens < 90


def test_prices_of_the_offer_go_before_recorded_costs(artefact: Artefact):
    (priced, unpriced), _ = artefact.expect(SUM, [Offer("strong", RATES), Offer("strong", None)])
    assert priced.cost is not None
    assert float(priced.cost.amount) == pytest.approx(70e-4, rel=0.1)
    assert unpriced.cost is not None
    assert float(unpriced.cost.amount) == pytest.approx(0.01, rel=0.1)


def test_lengths_are_told_by_costs_where_nothing_else_tells_them():
    evidence = make_evidence(200, tokens=False)
    setting = msgspec.structs.replace(SETTING, rates={"strong": RATES})
    artefact = fit_artefact(evidence, Recipe(bits=12), setting)
    (found,), _ = artefact.expect(SUM, [Offer("strong", RATES)])
    assert found.output_tokens == pytest.approx(100, rel=0.1)


def test_without_costs_and_lengths_there_is_a_guess():
    artefact = fit_artefact(make_evidence(200, costs=False, tokens=False), Recipe(bits=12), SETTING)
    (found, unpriced), _ = artefact.expect(SUM, [Offer("strong", RATES), Offer("strong", None)])
    assert found.output_tokens == 400
    assert found.cost is not None
    assert unpriced.cost is None


def change_format(path: Path) -> None:
    rewrite(path, "manifest.json", lambda text: text.replace(b'"format": %d' % FORMAT, b'"format": 99'))


def change_array(path: Path) -> None:
    rewrite(path, "sizes.reasoning.npy", lambda data: data[:-1] + bytes([data[-1] ^ 1]))


def lose_manifest(path: Path) -> None:
    rewrite(path, "manifest.json", lambda text: None)


def break_manifest(path: Path) -> None:
    rewrite(path, "manifest.json", lambda text: text.replace(b'"fen"', b'"fan"'))


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes | None]) -> None:
    with zipfile.ZipFile(path) as opened:
        members = {one: opened.read(one) for one in opened.namelist()}
    members |= {name: change(members[name]) or b""}
    with zipfile.ZipFile(path, "w") as opened:
        for one, data in members.items():
            if data:
                opened.writestr(one, data)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change_format, "found an artefact of format 99, expected 2: fit it anew"),
        (change_array, "the file was changed after it was written"),
        (lose_manifest, "manifest.json"),
        (break_manifest, "missing required field `fen`"),
    ],
)
def test_another_format_or_a_changed_file_is_refused(
    artefact: Artefact, tmp_path: Path, damage: Callable[[Path], None], said: str
):
    path = tmp_path / "made.fen"
    save_artefact(path, artefact)
    damage(path)
    with pytest.raises(InvalidRequest) as refused:
        load_artefact(path)
    assert said in refused.value.message
    assert str(path) in refused.value.message


def test_there_must_be_a_file(tmp_path: Path):
    with pytest.raises(OSError, match="none"):
        load_artefact(tmp_path / "none")


def test_votes_alone_can_be_learnt_from():
    votes = tuple(
        Vote(Asked(f"prompt {number}"), "a", "b", "a" if number % 4 else "tie") for number in range(60)
    )
    artefact = fit_artefact(Evidence(votes=votes), Recipe(bits=12), SETTING)
    assert (artefact.manifest.votes, artefact.manifest.metrics) == (60, {})
    assert [(one.model, one.votes, one.score) for one in artefact.manifest.models] == [
        ("a", 60, None),
        ("b", 60, None),
    ]
    (a, b), _ = artefact.expect(Asked("prompt 7"), [Offer("a", RATES), Offer("b", RATES)])
    assert 0 <= b.p <= a.p <= 1


def test_a_router_decides_by_it(artefact: Artefact):
    offers = [Offer(model, None) for model in MODELS]
    policy = RoutePolicy("fen/test", tuple(MODELS), Absolute(0.8))
    decision = Router(artefact, lambda: 0.5).decide(SUM, offers, policy)
    assert (decision.first, decision.reason, decision.artefact) == ("strong", "target", artefact.id)
    budget = RoutePolicy("fen/test", tuple(MODELS), PerThousand(Money(Decimal(1), "USD")))
    cheap = Router(artefact, lambda: 0.5).decide(SUM, offers, budget)
    assert cheap.first != "strong"
