"""`x-fen-route`: what a route's router decided, in one header.

An item of RFC 9651 (Structured Field Values for HTTP): the route, and parameters. model: who answered.
reason: as fen.routing.decision.Reason has it. p: the probability of a right answer that was expected of that
model; cost: the money. first: who was asked first, where that is another. escalated: why its answer was not
kept. kept: why it should not have been, where the next one had none either. artefact: what was decided by.
"""

from __future__ import annotations

import re
from decimal import Decimal

from fen.gateway.call import Call
from fen.gateway.route import HEADER
from fen.wire.money import Money
from fen.wire.ports import Headers

_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_PLACES = Decimal("0.00000001")  # 1e-8 of a unit of money: nobody is told an expectation more exactly


def tell_route(call: Call) -> Headers:
    """Return the header of a call that asked a route; none of another."""
    routed = call.routed
    if routed is None:
        return ()
    decision = routed.decision
    model = call.card.id if call.card is not None else decision.first
    told = [_write(decision.route), f"model={_write(model)}", f"reason={decision.reason}"]
    expected = decision.find(model)
    if expected is not None and expected.known:
        told.append(f"p={expected.p:.3f}")
    if expected is not None and expected.cost is not None:
        told.append(f'cost="{_show(expected.cost)}"')
    if model != decision.first:
        told.append(f"first={_write(decision.first)}")
    for name, value in (
        ("escalated", routed.escalated),
        ("kept", routed.kept),
        ("artefact", decision.artefact),
    ):
        if value is not None:
            told.append(f"{name}={_write(value)}")
    return ((HEADER, "; ".join(told)),)


def _write(text: str) -> str:
    """Return a text as a token, or where it is none as a string; what ASCII lacks becomes `?`."""
    if _TOKEN.fullmatch(text):
        return text
    shown = "".join(char if " " <= char <= "~" else "?" for char in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _show(cost: Money) -> str:
    return str(Money(cost.amount.quantize(_PLACES), cost.currency))
