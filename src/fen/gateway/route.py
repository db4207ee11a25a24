"""Routes: names that are asked like models, behind which a router chooses one for each request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from fen.routing.asked import Asked
from fen.routing.decision import Decision, Offer
from fen.routing.target import RoutePolicy

if TYPE_CHECKING:
    from fen.gateway.call import Call
    from fen.routing.signals import Signals  # its libraries are loaded where an answer is looked at

HEADER = "x-fen-route"
"""The header that tells what was decided."""


class Decider(Protocol):
    """Decides who is asked; what it knows may become another while calls are under way."""

    @property
    def artefact(self) -> str | None:
        """The id of the artefact that it decides by; None where it has none."""
        ...

    @property
    def opened(self) -> bool:
        """Whether it can decide at once."""
        ...

    def open(self) -> None:
        """Load what it decides with; blocks. Without this, its first decision does."""
        ...

    def decide(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> Decision:
        """Return who is asked of those who can; raises Unsupported where the price cap leaves nobody."""
        ...

    def verify(self, asked: Asked, p: float, signals: Signals) -> float | None:
        """Return the probability that an answer with these signals is right; None where nothing tells it.

        p: what was expected of its model.
        """
        ...


class Route(msgspec.Struct, frozen=True):
    """A route that can be asked; guard: whether its calls are guarded whatever their tier says."""

    policy: RoutePolicy
    decider: Decider
    guard: bool = False


class Routed(msgspec.Struct, frozen=True):
    """What was decided about a call, and what became of it.

    escalated: why the answer of the first was not kept, and the next one's is told. kept: why it should not
    have been kept, where the next one had no answer either.
    """

    policy: RoutePolicy
    decision: Decision
    escalated: str | None = None
    kept: str | None = None


class RouteLog(Protocol):
    """Keeps what was decided."""

    def note(self, decision: Decision, call: Call) -> None:
        """Keep the decision about a call that has ended; what became of it is in `routed` and `tally`."""
        ...


class NoRouteLog:
    """Keeps nothing."""

    def note(self, decision: Decision, call: Call) -> None:
        """Forget it."""
