"""What an attempt may cost at worst: the vendor, the key, and each budget in its own currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

import msgspec

from fen.accounts import Budget, make_caps
from fen.catalogue import worst_case
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.measure import Measure
from fen.ledger import Cap, Exchange, Hold, Prices, Reservation, Room
from fen.wire.anthropic import Block, MessagesRequest
from fen.wire.errors import InvalidRequest
from fen.wire.message import FilePart
from fen.wire.money import QUANTUM, Money, plain
from fen.wire.request import EmbeddingsRequest, Request, View

_ONE = Decimal(1)

Rates = Mapping[tuple[str, str], Exchange]


class WorstCase(msgspec.Struct, frozen=True):
    """An attempt's bounds and prices.

    size: of the input. asked: output tokens that it may have, over all choices; None where nothing bounds it.
    floor: to which a short budget may cut them. template: its hold, but for output and amounts.
    """

    candidate: Candidate
    size: Measure
    view: View
    markup: Decimal
    fx: Rates
    asked: int | None
    floor: int
    choices: int
    template: Hold

    def is_free(self) -> bool:
        """Whether it costs nothing, however long it becomes: no budget has a say in that."""
        rates = self.candidate.rates
        if rates is None:
            return False
        tables = (rates.per_million, *(bracket.prices for bracket in rates.brackets))
        return "input" in rates.per_million and not any(any(table.values()) for table in tables)

    def check(self) -> None:
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
        if self.cost(self.asked) is None:
            raise InvalidRequest(
                f"model: found no known price of {model}, expected one: a budget applies",
                param="model",
                code="unpriced_model",
            )

    def cost(self, output: int | None) -> Money | None:
        """Return what the vendor may bill; None where nobody knows."""
        rates = self.candidate.rates
        if rates is None or output is None:
            return None
        return worst_case(self.size.bound, output, rates)

    def hold(self, output: int | None) -> Hold:
        """Return a hold that no budget counts."""
        cost = self.cost(output)
        charge = cost if cost is None or self.markup == _ONE else _ceil(cost * self.markup)
        return _fill(self.template, output_bound=output, cost_max=cost, charge_max=charge)

    def reserve(self, output: int, budgets: Iterable[Budget]) -> tuple[Hold, tuple[Cap, ...]]:
        """Return a hold with what it takes of each budget, and the caps of this moment.

        The charge is in the price's currency where a budget is, else in the budgets'. Raises InvalidRequest
        where there is no rate of exchange.
        """
        cost = self.cost(output)
        assert cost is not None
        now = datetime.now(UTC)
        caps = make_caps(budgets, now)
        cost = _ceil(cost)
        currencies = {cap.limit.currency for cap in caps}
        fx = None if cost.currency in currencies else self._find_rate(cost.currency, caps[0].limit.currency)
        charge = _exchange(cost if self.markup == _ONE else _ceil(cost * self.markup), fx)
        hold = _fill(
            self.template,
            held_at=now,
            output_bound=output,
            cost_max=cost,
            charge_max=charge,
            fx=fx,
            reservations=tuple(self._reserve(charge, cap) for cap in caps),
        )
        return hold, caps

    def _reserve(self, charge: Money, cap: Cap) -> Reservation:
        fx = self._find_rate(charge.currency, cap.limit.currency)
        return Reservation(cap.id, cap.window, _exchange(charge, fx).amount, fx)

    def _find_rate(self, base: str, quote: str) -> Exchange | None:
        if base == quote:
            return None
        fx = self.fx.get((base, quote))
        if fx is None:
            raise InvalidRequest(
                f"model: found a price of {self.candidate.card.id} in {base} and a budget in {quote},"
                f" expected a rate between them: the settings need [fx] {quote}_PER_{base}",
                param="model",
                code="no_exchange_rate",
            )
        return fx


def make_worst_case(
    call: Call, parts: Parts, candidate: Candidate, number: int, request: Request
) -> WorstCase:
    """Return the bounds and prices of an attempt; `number` counts from 1 on."""
    card, rates, size, view = candidate.card, candidate.rates, call.size, request.view
    assert size is not None
    choices = 1 if isinstance(view, EmbeddingsRequest) else view.choices
    asked = _bound_output(view, candidate)
    template = Hold(
        id=f"{call.id}-{number}",
        request_id=call.id,
        key_id=call.key.id if call.key else None,
        tag=call.tag,
        model=card.id,
        upstream=card.upstream,
        upstream_model=card.upstream_model,
        format=call.request.format,
        stream=call.stream,
        held_at=datetime.now(UTC),
        input_bound=size.bound,
        output_bound=asked,
        input_estimate=size.estimate,
        cost_max=None,
        charge_max=None,
        prices=Prices(rates.currency, rates.prices(size.estimate), rates.source) if rates else None,
        fx=None,
        replica=parts.replica,
    )
    floor = min(asked or 0, (call.tier.min_output + _thought(view)) * choices)
    return WorstCase(candidate, size, view, call.tier.markup, parts.fx, asked, floor, choices, template)


def explain(room: Room, reservation: Reservation, output: int) -> str:
    """Return why a budget has no room for a call of so many output tokens a choice."""
    currency = room.cap.limit.currency
    return (
        f"budget: found {room.unspent} left of {room.cap.limit} ({room.cap.id}), {room.spent} of it spent,"
        f" expected at least {plain(reservation.amount)} {currency}: this input and {output} tokens of output"
    )


def _bound_output(view: View, candidate: Candidate) -> int | None:
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
    parts = (
        part for message in view.messages if isinstance(message.content, list) for part in message.content
    )
    return any(isinstance(part, FilePart) and part.file.file_data is None for part in parts)


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


_fill = msgspec.structs.replace
