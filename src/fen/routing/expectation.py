"""What a router needs to know: estimates for a request, lessons of the fit, and what has happened since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from fen.routing.asked import Asked
from fen.routing.decision import Estimate, Guarantee, Offer
from fen.routing.drift import Baseline
from fen.routing.guarantee import Calibration
from fen.routing.pace import Sample, Spent
from fen.routing.sieve import Sieve

Rate = Callable[[str, str], Decimal | None]
"""How many units of the second currency one of the first is, on this day; None where no rate is known."""


class Lessons(msgspec.Struct, frozen=True):
    """What choosing needs beside the estimates; an artefact keeps it.

    near: familiarity below which a request is far from what was fitted on. means: share of right answers by
    tag (None: of all) and model. calibrations: what a guarantee is proved from. sample: expectations for
    training requests, by which a budget is priced. sieves: how well the verifier tells right from wrong, by
    threshold. baselines: by reference, what drift is told from.
    """

    near: float = 0.0
    means: Mapping[str | None, Mapping[str, float]] = {}
    calibrations: tuple[Calibration, ...] = ()
    sample: Sample | None = None
    sieves: Mapping[float, Sieve] = {}
    baselines: Mapping[str, Baseline] = {}

    def usual(self, tag: str | None) -> Mapping[str, float]:
        """Return each model's share of right answers for this kind of work, of all where the tag is new."""
        return self.means.get(tag) or self.means.get(None) or {}


class Expectation(Protocol):
    """What an artefact knows; the fitted one is `fen.routing.artefact.Artefact`."""

    @property
    def id(self) -> str | None:
        """Which artefact it is: the hash of its data and settings; None where nothing was fitted."""
        ...

    @property
    def lessons(self) -> Lessons:
        """What choosing needs beside the estimates."""
        ...

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        """Return an estimate for each offer, and how familiar the request is, 0 to 1."""
        ...


class Standing(Protocol):
    """What has happened on a route since the artefact was loaded."""

    def spent(self, route: str) -> Spent | None:
        """Return what the route's requests have cost; None where nobody counts it."""
        ...

    def holds(self, route: str, guarantee: Guarantee) -> bool:
        """Whether no drift has revoked the guarantee."""
        ...


class Fresh:
    """The standing of routes on which nothing has happened yet, or of which nobody keeps count."""

    def spent(self, route: str) -> Spent | None:
        """Nothing is known."""
        return None

    def holds(self, route: str, guarantee: Guarantee) -> bool:
        """Nothing speaks against it."""
        return True
