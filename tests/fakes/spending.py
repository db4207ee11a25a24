"""Calls that spend a budget: reserved as the gateway does it, answered at once, and settled.

`python -m tests.fakes.spending URL HOME LIMIT COUNT PART PATIENCE` is another replica that makes COUNT calls
at once, each of which costs 1/PART of its hold. It says `ready`, waits for a line, and tells what became of
them.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec

from fen.accounts import Key, parse_budget
from fen.accounts.tier import Tier
from fen.catalogue import Rates
from fen.gateway.call import Call, Caller, Candidate, Limits, Parts
from fen.gateway.measure import Measure
from fen.gateway.reserve import reserve
from fen.ledger import Book, Hold, claim_replica
from fen.storage import Storage, open_storage
from fen.wire.errors import FenError
from fen.wire.money import Money
from fen.wire.request import WireFormat, parse_request
from tests.fakes.books import NOON, make_settlement
from tests.fakes.pipeline import make_card

PRICE = Rates("USD", {"input": Decimal(1), "output": Decimal(1)}, "test")
"""A dollar for a million tokens of either kind."""

TIER = Tier("api")
BOUND = 100
OUTPUT = 900
"""A call of so many tokens costs a thousandth of a dollar at most."""


def make_parts(book: Book, **more: Any) -> Parts:
    """Parts of which only the books are real."""
    given: dict[str, Any] = {
        "keyring": None,
        "catalogue": None,
        "upstreams": {},
        "observer": None,
        "replica": book._replica.id if book._replica else "rep_0",
    }
    return Parts(book=book, **(given | more))


def make_key(*limits: str, team: str | None = None, team_limits: Sequence[str] = ()) -> Key:
    own = [parse_budget(limit, "key", "key_1") for limit in limits]
    shared = [parse_budget(limit, "team", team or "") for limit in team_limits]
    return Key("key_1", "ada", NOON, team=team, budgets=(*own, *shared))


def make_candidate(
    rates: Rates | None = PRICE, output: int | None = 1000, window: int | None = 1000
) -> Candidate:
    return Candidate(make_card(), rates, Limits(window, output))


def make_call(number: int | str, key: Key | None, tier: Tier = TIER, bound: int = BOUND, **body: Any) -> Call:
    """A call with so many tokens of input at most, and 900 of output."""
    chat = {"model": "puppet/model", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": OUTPUT}
    path: WireFormat = body.pop("path", "openai.chat")
    members = {name: value for name, value in (chat | body).items() if value is not None}
    request = parse_request(path, msgspec.json.encode(members))
    size = Measure(bound, bound // 2, 1, frozenset())
    return Call(f"req_{number}", request, Caller(inside=True), time.time_ns(), key=key, tier=tier, size=size)


async def ask(parts: Parts, call: Call, part: int, answered: asyncio.Event | None = None) -> Hold:
    """Reserve a call, wait for its answer, and settle it at 1/part of its hold."""
    hold, _ = await reserve(call, parts, make_candidate(), 1, call.request)
    await (answered.wait() if answered is not None else asyncio.sleep(0))
    assert hold.charge_max is not None
    charge = Money(hold.charge_max.amount / part, hold.charge_max.currency).quantized()
    settlement = make_settlement(id=hold.id, cost=charge, charge=charge, settled_at=datetime.now(UTC))
    await parts.book.settle(settlement)
    return hold


class Tally(msgspec.Struct):
    """What became of calls: served in full length, cut, or refused with a code; codes in their order."""

    full: int = 0
    cut: int = 0
    refused: dict[str, int] = {}


async def ask_many(parts: Parts, calls: Sequence[Call], part: int) -> Tally:
    """Make calls all at once."""
    ends = await asyncio.gather(*(ask(parts, call, part) for call in calls), return_exceptions=True)
    refused: Counter[str] = Counter()
    tally = Tally()
    for end in ends:
        if isinstance(end, Hold):
            tally.full += end.output_bound == OUTPUT
            tally.cut += end.output_bound != OUTPUT
        elif isinstance(end, FenError):
            refused[str(end.code)] += 1
        else:
            raise cast("BaseException", end)
    tally.refused = dict(refused)
    return tally


async def run(storage: Storage, home: Path, limit: str, count: int, part: int, patience: float) -> Tally:
    book = Book(storage, claim_replica(home))
    await book.recover()
    parts = make_parts(book)
    assert book._replica is not None
    key, tier = make_key(limit), Tier("api", hold_wait=patience)
    calls = [make_call(f"{book._replica.id}_{number}", key, tier) for number in range(count)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    tally = await ask_many(parts, calls, part)
    await book.close()
    await storage.close()
    return tally


if __name__ == "__main__":
    url, home, limit, count, part, patience = sys.argv[1:]
    done = asyncio.run(run(open_storage(url), Path(home), limit, int(count), int(part), float(patience)))
    sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
