"""What a request is expected to cost on a model: fresh, cached and written tokens at the prices of an offer.

The part of a prompt that an upstream has read before is cheaper there, and has its full price with everybody
else: what switching loses is told by `Offer.held` and nothing more.
"""

from __future__ import annotations

from decimal import Decimal

from fen.catalogue import Rates, cost
from fen.routing.asked import Asked
from fen.routing.decision import Offer
from fen.wire.money import Money
from fen.wire.usage import Usage

BYTES_PER_TOKEN = 4
"""The usual ratio of UTF-8 bytes to tokens, where nobody has counted."""


def estimate_input(asked: Asked) -> int:
    """Return the likely tokens of a whole request: those that were told, else from its length."""
    if asked.input_tokens is not None:
        return max(0, asked.input_tokens)
    text = asked.text
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    size += max(0, asked.before)
    return max(1, size // BYTES_PER_TOKEN)


def limit_output(expected: float, asked: Asked, offer: Offer) -> int:
    """Return the expected tokens of an answer within what the client and the model allow."""
    limits = [limit for limit in (asked.output_limit, offer.output_limit) if limit is not None]
    return max(0, min([round(expected), *limits]))


def expect_cost(input_tokens: int, output_tokens: int, reasoning: float, offer: Offer) -> Money | None:
    """Return the expected cost of a request; None where a price is not known.

    output_tokens: all that the model writes. reasoning: the share of them that is reasoning, 0 to 1.
    """
    if offer.rates is None:
        return None
    held = min(max(0, offer.held), input_tokens)
    thought = round(output_tokens * min(max(reasoning, 0.0), 1.0))
    usage = Usage(
        input=input_tokens - held, cached_input=held, output=output_tokens - thought, reasoning=thought
    )
    return cost(usage, offer.rates)


def infer_output(paid: Money, input_tokens: int, rates: Rates) -> int | None:
    """Return how many tokens an answer had, by what it cost; None where that cannot be told.

    Exact where nothing was cached and the prices are those that held; reasoning has the price of output.
    """
    read = cost(Usage(input=input_tokens), rates)
    written = rates.prices(input_tokens).get("output")
    if read is None or not written or paid.currency != rates.currency:
        return None
    left = paid.amount - read.amount
    return None if left <= 0 else max(1, round(left / written * Decimal(1_000_000)))
