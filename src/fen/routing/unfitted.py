"""What is expected where nothing was fitted: any answer may be right or wrong, and costs by its price."""

from __future__ import annotations

from collections.abc import Sequence

from fen.catalogue import cost
from fen.routing.asked import Asked
from fen.routing.decision import Estimate, Offer
from fen.routing.expectation import Lessons
from fen.wire.usage import Usage

OUTPUT = 400
"""Tokens of an answer of which nothing is known."""
CHARACTERS = 3.5
"""Characters of a token of text, roughly."""


class Unfitted:
    """An expectation without an artefact."""

    id = None
    lessons = Lessons()

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        """Return even odds for each offer, and what it would cost; nothing is familiar."""
        return tuple(_guess(asked, offer) for offer in offers), 0.0


def _guess(asked: Asked, offer: Offer) -> Estimate:
    read = asked.input_tokens
    if read is None:
        read = round((len(asked.text) + asked.before) / CHARACTERS) + 1
    output = min(limit for limit in (OUTPUT, asked.output_limit, offer.output_limit) if limit is not None)
    held = min(offer.held, read)
    usage = Usage(input=read - held, cached_input=held, output=output)
    money = None if offer.rates is None else cost(usage, offer.rates)
    return Estimate(offer.model, 0.5, 0.0, 1.0, money, output, known=False)
