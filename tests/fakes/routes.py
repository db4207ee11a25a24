"""A router that decides as a test says, and remembers what it was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from fen.gateway.call import Call
from fen.gateway.route import Route
from fen.routing import Absolute, Asked, Cascade, Decision, Estimate, Offer, RoutePolicy
from fen.routing.signals import Signals
from fen.wire.money import Money

NAME = "fen/auto"


class Ordered:
    """Decides for the offers in the order of `wanted`; the others follow as they come."""

    artefact: str | None = "a1b2"

    def __init__(self, *wanted: str, escalates: bool = False, verified: float | None = None) -> None:
        self._wanted = wanted
        self._verified = verified
        self.opens = 0
        self.signals: list[Signals] = []
        self._escalates = escalates
        self.asked: list[Asked] = []
        self.offers: list[tuple[Offer, ...]] = []

    @property
    def opened(self) -> bool:
        return self.opens > 0

    def open(self) -> None:
        self.opens += 1

    def decide(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> Decision:
        self.asked.append(asked)
        self.offers.append(tuple(offers))
        names = [offer.model for offer in offers]
        order = [name for name in self._wanted if name in names]
        order += [name for name in names if name not in order]
        estimates = tuple(
            Estimate(name, 0.83, 0.7, 0.9, Money(Decimal("0.00012"), "USD"), 100) for name in names
        )
        escalates = self._escalates and len(order) > 1 and policy.cascade is not None
        return Decision(
            policy.name, tuple(order), "target", estimates, escalates=escalates, artefact=self.artefact
        )

    def verify(self, asked: Asked, p: float, signals: Signals) -> float | None:
        self.signals.append(signals)
        return self._verified


class KeptLog:
    """A RouteLog that keeps all in a list."""

    def __init__(self) -> None:
        self.noted: list[tuple[Decision, Call]] = []

    def note(self, decision: Decision, call: Call) -> None:
        self.noted.append((decision, call))


def make_route(
    decider: Ordered, *pool: str, cascade: Cascade | None = None, guard: bool = False
) -> dict[str, Route]:
    """The route NAME with that pool."""
    return {NAME: Route(RoutePolicy(NAME, pool, Absolute(0.8), cascade=cascade), decider, guard)}


def read_route(header: str) -> tuple[str, dict[str, str]]:
    """Read `x-fen-route` as RFC 9651 has it: an item that is a token or a string, with such parameters.

    Raises ValueError for what is no such item.
    """
    match = _ITEM.match(header)
    if match is None:
        raise ValueError(f"found {header!r}, expected a token or a string")
    name, at, members = _bare(match[0]), match.end(), dict[str, str]()
    while at < len(header):
        member = _PARAMETER.match(header, at)
        if member is None:
            raise ValueError(f"found {header[at:]!r}, expected a parameter")
        members[member[1]] = _bare(member[2])
        at = member.end()
    return name, members


_BARE = r'[A-Za-z*][!#$%&\'*+.^_`|~0-9A-Za-z:/-]*|"(?:[ !#-\[\]-~]|\\["\\])*"|-?[0-9]{1,12}(?:\.[0-9]{1,3})?'
_ITEM = re.compile(_BARE)
_PARAMETER = re.compile(rf"; *([a-z*][a-z0-9_.*-]*)=({_BARE})")


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
