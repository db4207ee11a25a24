"""What an attempt may cost at worst: the vendor, the key, and each budget in its own currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

import msgspec

from fen.accounts import Budget, make_caps
from fen.catalogue import worst_case
from fen.gateway.call import Call, Candidate, Parts
from fen.ledger import Cap, Exchange, Hold, Prices, Reservation, Room
from fen.wire.anthropic import Block, MessagesRequest
from fen.wire.errors import InvalidRequest
from fen.wire.message import FilePart
from fen.wire.money import QUANTUM, Money, plain
from fen.wire.request import EmbeddingsRequest, View

_ONE = Decimal(1)


class WorstCase(msgspec.Struct, frozen=True):
    """An attempt's bounds and prices; `number` counts a call's attempts from 1 on.

    asked: output tokens that it may have, over all choices; None where nothing bounds it.
    """

    call: Call
    parts: Parts
    candidate: Candidate
    number: int
    view: View
    asked: int | None

    @property
    def choices(self) -> int:
        """How many answers were asked for."""
        return 1 if isinstance(self.view, EmbeddingsRequest) else self.view.choices

    @property
    def floor(self) -> int:
        """The output tokens, over all choices, to which a short budget may cut it."""
        if self.call.caller.budgets:
            return self.asked or 0
        return min(self.asked or 0, (self.call.tier.min_output + _thought(self.view)) * self.choices)

    def cost(self, output: int | None) -> Money | None:
        """Return what the vendor may bill; None where nobody knows."""
        rates, size = self.candidate.rates, self.call.size
        if rates is None or output is None:
            return None
        assert size is not None
        return worst_case(size.bound, output, rates)

    def hold(self, cost: Money | None) -> Hold:
        """Return a hold that no budget counts; `cost` is that of what was asked."""
        markup = self.call.markup
        charge = cost if cost is None or markup == _ONE else _ceil(cost * markup)
        return self._make(datetime.now(UTC), self.asked, (cost, charge), None, ())

    def check(self, cost: Money | None) -> None:
        """Raise InvalidRequest where a budget cannot be kept: without a price, or without a bound."""
        model = self.candidate.card.id
        if _has_unknown_file(self.view):
            raise InvalidRequest(
                "messages: found a file whose size is not known, expected its bytes: a budget applies",
                param="messages",
                code="unbounded_input",
            )
        if self.asked is None:
            raise InvalidRequest(
                f"max_tokens: found none, and no limit of {model} is known, expected one: a budget applies",
                param="max_tokens",
                code="unbounded_output",
            )
        if cost is None:
            raise InvalidRequest(
                f"model: found no known price of {model}, expected one: a budget applies",
                param="model",
                code="unpriced_model",
            )

    def reserve(self, output: int, cost: Money, budgets: Sequence[Budget]) -> tuple[Hold, tuple[Cap, ...]]:
        """Return a hold with what it takes of each budget, and the caps of this moment.

        cost: of that output. The charge is in the price's currency where a budget is, else in the budgets'.
        Raises InvalidRequest where there is no rate of exchange.
        """
        now, markup = datetime.now(UTC), self.call.markup
        caps = make_caps(budgets, now)
        cost = _ceil(cost)
        shared = cost.currency in [cap.limit.currency for cap in caps]
        fx = None if shared else self._find_rate(cost.currency, caps[0].limit.currency)
        charge = cost if markup == _ONE else _ceil(cost * markup)
        if fx is not None:
            charge = _exchange(charge, fx)
        taken = tuple([self._take(charge, cap) for cap in caps])
        return self._make(now, output, (cost, charge), fx, taken), caps

    def _make(
        self,
        now: datetime,
        output: int | None,
        most: tuple[Money | None, Money | None],
        fx: Exchange | None,
        taken: tuple[Reservation, ...],
    ) -> Hold:
        call, candidate, size = self.call, self.candidate, self.call.size
        assert size is not None
        card, rates = candidate.card, candidate.rates
        return Hold(
            id=f"{call.id}-{self.number}",
            request_id=call.id,
            key_id=call.key.id if call.key else None,
            tag=call.tag,
            model=card.id,
            upstream=card.upstream,
            upstream_model=card.upstream_model,
            format=call.request.format,
            stream=call.stream,
            held_at=now,
            input_bound=size.bound,
            output_bound=output,
            input_estimate=size.estimate,
            cost_max=most[0],
            charge_max=most[1],
            prices=Prices(rates.currency, rates.prices(size.estimate), rates.source) if rates else None,
            fx=fx,
            replica=self.parts.replica,
            reservations=taken,
        )

    def _take(self, charge: Money, cap: Cap) -> Reservation:
        if charge.currency == cap.limit.currency:
            return Reservation(cap.id, cap.window, charge.amount)
        fx = self._find_rate(charge.currency, cap.limit.currency)
        return Reservation(cap.id, cap.window, _exchange(charge, fx).amount, fx)

    def _find_rate(self, base: str, quote: str) -> Exchange | None:
        if base == quote:
            return None
        fx = self.parts.fx.get((base, quote))
        if fx is None:
            raise InvalidRequest(
                f"model: found a price of {self.candidate.card.id} in {base} and a budget in {quote},"
                f" expected a rate between them: the settings need [fx] {quote}_PER_{base}",
                param="model",
                code="no_exchange_rate",
            )
        return fx


def explain(room: Room, reservation: Reservation, output: int) -> str:
    """Return why a budget has no room for a call of so many output tokens a choice."""
    currency = room.cap.limit.currency
    return (
        f"budget: found {room.unspent} left of {room.cap.limit} ({room.cap.id}), {room.spent} of it spent,"
        f" expected at least {plain(reservation.amount)} {currency}: this input and {output} tokens of output"
    )


def bound_output(view: View, candidate: Candidate) -> int | None:
    """Return the most tokens that the answer can have, over all choices; None where nothing bounds it."""
    if isinstance(view, EmbeddingsRequest):
        return 0
    limits = candidate.limits
    known = [limit for limit in (limits.output, limits.window, view.output_limit) if limit is not None]
    return min(known) * view.choices if known else None


def _thought(view: View) -> int:
    """Return the tokens that the model has to think: an output limit has to be above them."""
    thinking = view.thinking if isinstance(view, MessagesRequest) else None
    return (thinking.budget_tokens or 0) if thinking is not None else 0


def _has_unknown_file(view: View) -> bool:
    """Whether the model reads a file whose bytes are not in the request: any number of tokens."""
    if isinstance(view, EmbeddingsRequest):
        return False
    if isinstance(view, MessagesRequest):
        return any(_holds_unknown(turn.content) for turn in view.messages) or _holds_unknown(view.system)
    for message in view.messages:  # most contents are texts: a generator would cost more than the loop
        if isinstance(message.content, list):
            for part in message.content:
                if isinstance(part, FilePart) and part.file.file_data is None:
                    return True
    return False


def _holds_unknown(content: str | list[Block] | dict[str, Any] | None) -> bool:
    return isinstance(content, list) and any(_is_unknown(block) for block in content)


def _is_unknown(block: Block) -> bool:
    source = block.source
    if block.type == "document" and not isinstance(source, str) and source is not None:
        return source.type in ("url", "file")
    return _holds_unknown(block.content)


def _ceil(money: Money) -> Money:
    return Money(money.amount.quantize(QUANTUM, ROUND_CEILING), money.currency)


def _exchange(money: Money, fx: Exchange | None) -> Money:
    """Return an amount in the rate's other currency, rounded up: bounds stay bounds."""
    return money if fx is None else _ceil(Money(money.amount * fx.rate, fx.quote))
