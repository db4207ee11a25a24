"""Between the values of the books and the columns of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from fen.ledger.entry import Entry, Exchange, Hold, Prices, Reservation, Settlement
from fen.storage import to_micros, to_pico
from fen.wire.money import Money
from fen.wire.usage import METERS, Usage

METER_COLUMNS = tuple(f"{meter}_tokens" for meter in METERS)
OVER_HOLD = "over_hold"
"""The flag of a settlement above its hold."""

CHARGED_HOLD = "charged_hold"
"""The flag of a settlement under a cap whose charge is not known: the key pays the hold's."""

OVER_LIMIT = "over_limit"
"""The flag of a settlement with a figure that no row can hold; the largest that it can stands there."""

MOST_TOKENS = 10**12
"""Tokens of one meter in one row; far above any call, and a sum of millions of them is exact."""

MOST_AMOUNT = Decimal(9_000_000)
"""Units of currency in one row."""

PART = 1_000_000
"""Sums of amounts are kept in two parts, multiples of 1e-6 and the rest in 1e-12."""

_LONGEST_WORD = 200
_NOTHING = Decimal(0)

_encode = msgspec.json.Encoder(decimal_format="string").encode
_read_prices = msgspec.json.Decoder(Prices).decode
_read_exchange = msgspec.json.Decoder(Exchange).decode
read_reservations = msgspec.json.Decoder(tuple[Reservation, ...]).decode


def write_hold(hold: Hold) -> tuple[object, ...]:
    """Return the columns of a new entry, in the order of Hold's members and as the driver takes them.

    Money in pico, times in microseconds; the two currencies come after `charge_max`. Raises ValueError for
    amounts in another currency than that of their prices or rate, or out of range.
    """
    prices, fx, most, charge = hold.prices, hold.fx, hold.cost_max, hold.charge_max
    currency = prices.currency if prices else most.currency if most else None
    charge_currency = fx.quote if fx else charge.currency if charge else currency
    if most is not None and most.currency != currency:
        raise _refuse_currency(hold.id, "a worst cost", most, currency)
    if charge is not None and charge.currency != charge_currency:
        raise _refuse_currency(hold.id, "a worst charge", charge, charge_currency)
    cost_max = None if most is None else _write_worst(most)
    return (
        hold.id,
        hold.request_id,
        hold.key_id,
        None if hold.tag is None else clean(hold.tag),
        hold.model,
        hold.upstream,
        hold.upstream_model,
        hold.format,
        hold.stream,
        to_micros(hold.held_at),
        hold.input_bound,
        hold.output_bound,
        hold.input_estimate,
        cost_max,
        cost_max if charge is most else None if charge is None else _write_worst(charge),
        currency,
        charge_currency,
        None if prices is None else _encode(prices).decode(),
        None if fx is None else _encode(fx).decode(),
        hold.replica,
        write_reservations(hold.reservations),
    )


def write_reservations(reservations: Sequence[Reservation]) -> str | None:
    """Return the column of a hold's reservations; None where there are none."""
    return _encode(reservations).decode() if reservations else None


def write_settlement(settlement: Settlement) -> dict[str, object]:
    """Return the parameters of the settling statement.

    A figure that is too large for a row is cut and flagged, so that no upstream's report can keep a hold
    open. Raises ValueError for a negative one.
    """
    counts = msgspec.structs.astuple(settlement.usage)
    cost, charge = settlement.cost, settlement.charge
    same = charge is cost  # as long as no tier or exchange changes it
    if not _fits(cost) or not (same or _fits(charge)) or min(counts) < 0 or max(counts) > MOST_TOKENS:
        settlement = _cut(settlement)
        cost, charge, same = settlement.cost, settlement.charge, False
    usage = settlement.usage
    flags = ",".join(settlement.flags)
    spent = None if cost is None else to_pico(cost.amount)
    return {
        "b_id": settlement.id,
        "b_input_tokens": usage.input,
        "b_cached_input_tokens": usage.cached_input,
        "b_cache_write_tokens": usage.cache_write,
        "b_output_tokens": usage.output,
        "b_reasoning_tokens": usage.reasoning,
        "b_audio_input_tokens": usage.audio_input,
        "b_audio_output_tokens": usage.audio_output,
        "b_image_input_tokens": usage.image_input,
        "b_cost": spent,
        "b_currency": None if cost is None else cost.currency,
        "b_charge": spent if same else None if charge is None else to_pico(charge.amount),
        "b_charge_currency": None if charge is None else charge.currency,
        "b_certainty": settlement.certainty,
        "b_reason": None if settlement.reason is None else clean(settlement.reason),
        "b_flags": flags,
        "b_flags_over": f"{flags},{OVER_HOLD}" if flags else OVER_HOLD,
        "b_flags_unknown": f"{flags},{CHARGED_HOLD}" if flags else CHARGED_HOLD,
        "b_status": settlement.status,
        "b_settled_at": to_micros(settlement.settled_at),
        "b_duration_ms": settlement.duration_ms,
        "b_first_ms": settlement.first_ms,
    }


def clean(word: str) -> str:
    """Return a word that came from outside as every database takes it: printable, and not too long."""
    if word.isprintable() and len(word) <= _LONGEST_WORD:
        return word
    return "".join(letter if letter.isprintable() else "?" for letter in word[:_LONGEST_WORD])


def _refuse_currency(hold_id: str, what: str, money: Money, currency: str | None) -> ValueError:
    return ValueError(f"hold {hold_id!r}: found {what} in {money.currency}, expected {currency}")


def _write_worst(most: Money) -> int:
    if not 0 <= most.amount <= MOST_AMOUNT:
        raise ValueError(f"found a worst case of {most}, expected 0 to {MOST_AMOUNT}")
    return to_pico(most.amount)


def _fits(money: Money | None) -> bool:
    return money is None or _NOTHING <= money.amount <= MOST_AMOUNT


def _cut(settlement: Settlement) -> Settlement:
    counts: tuple[int, ...] = msgspec.structs.astuple(settlement.usage)
    amounts = [money.amount for money in (settlement.cost, settlement.charge) if money is not None]
    if min(counts) < 0 or min(amounts, default=_NOTHING) < 0:
        raise ValueError(f"settlement {settlement.id!r}: found a negative figure, expected none below 0")
    return msgspec.structs.replace(
        settlement,
        usage=Usage(*(min(count, MOST_TOKENS) for count in counts)),
        cost=_cut_money(settlement.cost),
        charge=_cut_money(settlement.charge),
        flags=(*settlement.flags, OVER_LIMIT),
    )


def _cut_money(money: Money | None) -> Money | None:
    return None if money is None else Money(min(money.amount, MOST_AMOUNT), money.currency)


def read_entry(row: Mapping[Any, Any]) -> Entry:
    """Return the entry of a row as Core reads it: amounts are Decimal, times are moments."""
    prices, fx = row["prices"], row["fx"]
    hold = Hold(
        id=row["id"],
        request_id=row["request_id"],
        key_id=row["key_id"],
        tag=row["tag"],
        model=row["model"],
        upstream=row["upstream"],
        upstream_model=row["upstream_model"],
        format=row["format"],
        stream=bool(row["stream"]),
        held_at=row["held_at"],
        input_bound=row["input_bound"],
        output_bound=row["output_bound"],
        input_estimate=row["input_estimate"],
        cost_max=_read_money(row["cost_max"], row["currency"]),
        charge_max=_read_money(row["charge_max"], row["charge_currency"]),
        prices=None if prices is None else _read_prices(prices),
        fx=None if fx is None else _read_exchange(fx),
        replica=row["replica"],
        reservations=() if row["reservations"] is None else read_reservations(row["reservations"]),
    )
    return Entry(hold, row["checkpoint"], None if row["state"] == "held" else _read_settlement(row))


def _read_settlement(row: Mapping[Any, Any]) -> Settlement:
    return Settlement(
        id=row["id"],
        usage=Usage(*(row[column] for column in METER_COLUMNS)),
        cost=_read_money(row["cost"], row["currency"]),
        charge=_read_money(row["charge"], row["charge_currency"]),
        certainty=row["certainty"],
        reason=row["reason"],
        flags=tuple(row["flags"].split(",")) if row["flags"] else (),
        status=row["status"],
        settled_at=row["settled_at"],
        duration_ms=row["duration_ms"],
        first_ms=row["first_ms"],
    )


def _read_money(amount: Decimal | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)
