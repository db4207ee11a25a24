"""A small artefact of two models, with a guarantee if one is wanted, as a file that a server can load."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from fen.routing import Asked
from fen.routing.artefact import Artefact, save_artefact
from fen.routing.fit import fit_artefact
from fen.routing.guarantee import Calibration, Group
from fen.routing.learn import Setting
from fen.routing.manifest import Recipe
from fen.routing.outcome import Evidence, Outcome
from fen.wire.money import Money
from tests.fakes.outcomes import make_outcomes

PROMPTS = 60


def write_artefact(path: Path, cheap: str, strong: str, *, proved: bool = False) -> str:
    """Fit on made-up outcomes of two models, the cheap one of which cannot reckon; returns the artefact's id.

    proved: whether counts stand in it that let the rule with any threshold lose less than 5%, with the
    strong model as the reference.
    """
    names = {"cheap": cheap, "strong": strong}
    outcomes = tuple(
        Outcome(
            Asked(row["prompt"]),
            names[row["model"]],
            float(row["correct"]),
            Money(Decimal(str(row["cost"])), "USD"),
            row["output_tokens"],
        )
        for row in make_outcomes(PROMPTS)
        if row["model"] in names
    )
    artefact = fit_artefact(
        Evidence(outcomes), Recipe(bits=12), Setting({}, {}, datetime(2026, 1, 2, tzinfo=UTC))
    )
    if proved:
        counted = Calibration(strong, tuple(sorted((cheap, strong))), (0.5, 1.0), (Group(None, 900, (5, 9)),))
        lessons = msgspec.structs.replace(artefact.lessons, near=0.0, calibrations=(counted,))
        fitted = msgspec.structs.replace(artefact.fitted, lessons=lessons)
        artefact = Artefact(artefact.manifest, fitted)
    save_artefact(path, artefact)
    return artefact.id
