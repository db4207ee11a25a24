"""What the books say, put together: sums by currency, and an entry as it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from fen.ledger.entry import Entry, Reservation, UsageRow
from fen.wire.money import Money, plain
from fen.wire.usage import METERS, Usage

_GROUPS = ("key", "model", "upstream", "day", "certainty", "tag")
_COUNTS = ("requests", "input_tokens", "cached_tokens", "output_tokens", "exact", "estimated", "unpriced")


def sum_costs(rows: Iterable[UsageRow]) -> tuple[Money, ...]:
    """Return what vendors bill, one sum for each currency, in the currencies' order."""
    return _sum((row.cost, row.currency) for row in rows)


def sum_charges(rows: Iterable[UsageRow]) -> tuple[Money, ...]:
    """Return what keys pay, one sum for each currency, in the currencies' order."""
    return _sum((row.charge, row.charge_currency) for row in rows)


def fold_usage(rows: Iterable[UsageRow], by: Sequence[str]) -> list[UsageRow]:
    """Return sums added up further, by some of what they are grouped by, and always by currency.

    The rows are those that Book.usage returns for `by` itself, in the same order.
    """
    names = (*by, "currency", "charge_currency")
    found = dict[tuple[Any, ...], UsageRow]()
    for row in rows:
        group = tuple(getattr(row, name) for name in names)
        before = found.get(group)
        found[group] = _start(row, by) if before is None else _add(before, row)
    # As in the database's order: what is not known comes first.
    ordered = sorted(found.items(), key=lambda pair: [(part is not None, part or 0) for part in pair[0]])
    return [row for _, row in ordered]


def add_usage(usages: Iterable[Usage]) -> Usage:
    """Return the sum, meter by meter."""
    sums = dict.fromkeys(METERS, 0)
    for usage in usages:
        for meter in METERS:
            sums[meter] += getattr(usage, meter)
    return Usage(**sums)


def describe_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON-ready facts; amounts are decimal text, times ISO 8601 in UTC."""
    hold = entry.hold
    facts: dict[str, Any] = {
        "id": hold.id,
        "request_id": hold.request_id,
        "key": hold.key_id,
        "tag": hold.tag,
        "model": hold.model,
        "upstream": hold.upstream,
        "upstream_model": hold.upstream_model,
        "format": hold.format,
        "stream": hold.stream,
        "held_at": hold.held_at.isoformat(),
        "cost_max": _describe_money(hold.cost_max),
        "charge_max": _describe_money(hold.charge_max),
        "prices": msgspec.to_builtins(hold.prices),
        "fx": msgspec.to_builtins(hold.fx),
        "checkpoint": entry.checkpoint,
        "reservations": [_describe_reservation(reservation) for reservation in hold.reservations],
    }
    settlement = entry.settlement
    if settlement is None:
        return facts | {"state": "open"}
    usage = settlement.usage
    return facts | {
        "state": "settled",
        "certainty": settlement.certainty,
        "reason": settlement.reason,
        "flags": settlement.flags,
        "status": settlement.status,
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            **msgspec.to_builtins(usage),
        },
        "cost": _describe_money(settlement.cost),
        "charge": _describe_money(settlement.charge),
        "settled_at": settlement.settled_at.isoformat(),
        "duration_ms": settlement.duration_ms,
        "first_ms": settlement.first_ms,
    }


def flatten_facts(facts: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return facts as one list of names and values; of a fact inside another, such as `usage.input`."""
    pairs: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            pairs += flatten_facts(cast("Mapping[str, Any]", value), f"{before}{name}.")
        else:
            pairs.append((before + name, value))
    return pairs


def _start(row: UsageRow, by: Sequence[str]) -> UsageRow:
    """Return a row without what it is no longer grouped by."""
    return msgspec.structs.replace(row, **{name: None for name in _GROUPS if name not in by})


def _add(one: UsageRow, other: UsageRow) -> UsageRow:
    counts = {name: getattr(one, name) + getattr(other, name) for name in _COUNTS}
    amounts = {name: _add_known(getattr(one, name), getattr(other, name)) for name in ("cost", "charge")}
    return msgspec.structs.replace(one, **counts, **amounts)


def _add_known(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


def _describe_reservation(reservation: Reservation) -> dict[str, Any]:
    return {
        "cap": reservation.cap,
        "window": reservation.window,
        "amount": plain(reservation.amount),
        "fx": msgspec.to_builtins(reservation.fx),
    }


def _describe_money(money: Money | None) -> dict[str, str] | None:
    return None if money is None else {"amount": plain(money.amount), "currency": money.currency}


def _sum(amounts: Iterable[tuple[Decimal | None, str | None]]) -> tuple[Money, ...]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for amount, currency in amounts:
        if amount is not None and currency is not None:
            sums[currency] += amount
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
