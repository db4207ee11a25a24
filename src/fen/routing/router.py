"""The one function of routing: a request and who could serve it in, a decision out.

look      what may be seen of the request: hashed words, statistics, tags
expect    for each model: probability of a right answer with its interval, tokens and money
narrow    who is within the route's price cap
choose    the cheapest that meets the target; the static mixture far from what is known
lead      the cheap one first where a cascade is expected to cost less than asking the strong one
explore   by a small, logged chance, somebody else
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from fen.routing.asked import Asked
from fen.routing.decision import Decision, Estimate, Offer
from fen.routing.target import RoutePolicy


class Expectation(Protocol):
    """What an artefact knows; the fitted one is `fen.routing.artefact.Artefact`."""

    @property
    def id(self) -> str:
        """Which artefact it is: the hash of its data and settings."""
        ...

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        """Return an estimate for each offer, and how familiar the request is, 0 to 1."""
        ...


class Router:
    """Decides for the routes of one artefact; without one, by the pool's order of price alone."""

    def __init__(self, expectation: Expectation | None, chance: Callable[[], float]) -> None:
        self._expectation = expectation
        self._chance = chance

    def decide(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> Decision:
        """Return who is asked; `offers` are those of the pool that can serve the request, at least one.

        Raises Unsupported where the price cap leaves nobody.
        """
        raise NotImplementedError
