"""Expected sizes of requests on offers: tokens of the answer, and money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from fen.routing.asked import Asked
from fen.routing.cost import estimate_input, expect_cost, limit_output
from fen.routing.decision import Offer
from fen.routing.features import Rows
from fen.routing.lengths import Lengths
from fen.routing.pivot import Floats
from fen.wire.money import Money

OUTPUT = 400
"""Tokens that are expected of an answer where no length was ever told."""

Size = tuple[int, Money | None]
"""Tokens of the answer, and what the request costs; None where that is not known."""


class Sizes(msgspec.Struct, frozen=True):
    """What was learnt of lengths and costs.

    lengths: of answers in tokens. costs: of whole requests as they were recorded, in `currency`. Each is None
    where none were told. models: by column; reasoning: the share of each one's tokens that is reasoning,
    shape (m,).
    """

    lengths: Lengths | None
    costs: Lengths | None
    currency: str | None
    models: tuple[str, ...]
    reasoning: Floats

    def expect(
        self, asked: Sequence[Asked], rows: Rows, offers: Sequence[Offer], names: Sequence[str]
    ) -> list[list[Size]]:
        """Return the sizes of each request on each offer.

        names: of the offers' models in the data. Prices of the offer go before recorded costs, which are
        those of another day; where lengths were never told, recorded costs go before a guess.
        """
        tags = [one.tag for one in asked]
        tokens = None if self.lengths is None else self.lengths.predict(rows, names, tags).tolist()
        recorded = self.costs is not None and any(tokens is None or offer.rates is None for offer in offers)
        money = self.costs.predict(rows, names, tags).tolist() if self.costs and recorded else None
        share = dict(zip(self.models, self.reasoning.tolist(), strict=True))
        priced = frozenset(() if self.costs is None else self.costs.models)
        sizes: list[list[Size]] = []
        for row, one in enumerate(asked):
            read = estimate_input(one)
            found: list[Size] = []
            for place, offer in enumerate(offers):
                output = limit_output(OUTPUT if tokens is None else tokens[row][place], one, offer)
                if money is not None and names[place] in priced and (tokens is None or offer.rates is None):
                    paid = self._tell(money[row][place])
                else:
                    paid = expect_cost(read, output, share.get(names[place], 0.0), offer)
                found.append((output, paid))
            sizes.append(found)
        return sizes

    def _tell(self, amount: float) -> Money:
        assert self.currency is not None
        return Money(Decimal(f"{amount:.6g}"), self.currency)
