"""A fit that proves: a route that must keep up with a reference does so for less."""

from datetime import UTC, datetime
from decimal import Decimal

from fen.routing import Asked, Offer, Relative, RoutePolicy
from fen.routing.fit import fit_artefact, hold_back
from fen.routing.guarantee import LEAST
from fen.routing.learn import Setting
from fen.routing.manifest import Recipe
from fen.routing.outcome import Evidence, Outcome
from fen.routing.pivot import pivot
from fen.routing.router import Router
from fen.wire.money import Money
from tests.fakes.outcomes import MODELS, make_outcomes, make_prompts

SETTING = Setting({}, {}, datetime(2026, 1, 2, tzinfo=UTC))
RECIPE = Recipe(bits=12)
ALPHA = 0.12


def make_evidence(count: int) -> Evidence:
    return Evidence(
        tuple(
            Outcome(
                Asked(row["prompt"]),
                row["model"],
                float(row["correct"]),
                Money(Decimal(repr(row["cost"])), "USD"),
            )
            for row in make_outcomes(count)
        )
    )


def test_a_route_keeps_up_with_its_reference_for_less() -> None:
    evidence = make_evidence(2400)
    artefact = fit_artefact(evidence, RECIPE, SETTING)
    matrices = pivot(evidence)
    _, held = hold_back(matrices, RECIPE)
    strong = int(matrices.score[held, matrices.models.index("strong")].sum())
    assert artefact.manifest.guarantees["strong"] == strong >= LEAST
    assert artefact.lessons.baselines["strong"].p
    router = Router(artefact, lambda: 0.5)
    policy = RoutePolicy("fen/test", tuple(MODELS), Relative("strong", ALPHA, 0.05))
    offers = [Offer(model, None) for model in MODELS]
    decided = [router.decide(Asked(text), offers, policy) for text, _ in make_prompts(200, seed=77)]
    assert {one.reason for one in decided} <= {"target", "static"}
    chosen = [one.first for one in decided]
    assert 0.25 < chosen.count("cheap") / len(chosen) < 0.75
    assert all("12.0%" in (one.note or "") for one in decided if one.reason == "target")
    # What is truly lost of the reference's right answers; the answers of a model are drawn on their own.
    lost = [
        0.0 if model == "strong" else 1 - MODELS[model][0 if is_sum else 1]
        for model, (_, is_sum) in zip(chosen, make_prompts(200, seed=77), strict=True)
    ]
    assert 0.02 < sum(lost) / len(lost) < ALPHA


def test_without_a_wish_for_a_guarantee_all_is_learnt_from() -> None:
    artefact = fit_artefact(make_evidence(300), Recipe(bits=12, prove=False), SETTING)
    assert artefact.manifest.guarantees == {}
    assert artefact.lessons.calibrations == ()
    assert artefact.lessons.sample is not None
