"""A process that holds calls and then waits to be killed: `python -m tests.fakes.holder URL HOME COUNT`.

Each hold takes its worst charge of CAP, and has a checkpoint of 10 tokens more than the one before. One more
takes nothing. It tells its replica's id when all is written.
"""

import asyncio
import sys
from pathlib import Path

from fen.ledger import Book, Cap, Reservation, claim_replica
from fen.storage import open_storage
from tests.fakes.books import make_hold, usd

CAP = Cap("key:key_1/total/USD", 0, usd(1))
_WORST = make_hold().charge_max
assert _WORST is not None
TAKEN = Reservation(CAP.id, CAP.window, _WORST.amount)


async def hold_and_wait(url: str, home: Path, count: int) -> None:
    replica = claim_replica(home)
    book = Book(open_storage(url), replica)
    await book.recover()
    for number in range(count):
        request = f"req_{replica.id}_{number}"
        await book.reserve(make_hold(request, replica=replica.id, reservations=(TAKEN,)), (CAP,))
        book.checkpoint(f"{request}-1", number * 10)
    await book.hold(make_hold(f"req_{replica.id}_last", replica=replica.id))  # and all checkpoints with it
    sys.stdout.write(f"{replica.id}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(hold_and_wait(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
