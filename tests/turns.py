"""What a call costs, told in turns of a plain loop: no machine's own speed is in it."""

import time
from collections.abc import Callable

_TURNS = 1_000


def count_turns(call: Callable[[], object], times: int = 20) -> float:
    """Return how many turns of a loop take as much processor time as one call.

    Both are taken by turns and at their best of `times`, so that other work on the machine counts little. A
    turn is 40 to 60 ns on the machines that this was written on.
    """
    calls, loops = zip(*((_time(call), _time(_loop)) for _ in range(times)), strict=True)
    return min(calls) / min(loops) * _TURNS


def _loop() -> None:
    total = 0
    for number in range(_TURNS):
        total += number * number


def _time(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun
