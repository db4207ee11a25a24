"""Measurements of speed, read again from the answers that `fen eval speed` kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from fen.evals.speed.measure import find_speed
from fen.evals.statistics.median import Median, find_median
from fen.evals.store import KeptResponse

_UNCOUNTED = "/"  # the call before the others ends so


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a model answered at one load.

    loop, load: as in `Level`; "" and 0 of answers that were kept before loads were written down. first:
    seconds to the first piece of anything. speed: tokens a second of one call after its first piece; None
    where answers came at once. estimated: calls whose usage was not reported.
    """

    model: str
    began: datetime
    loop: str
    load: float
    calls: int
    first: Median
    speed: Median | None
    estimated: int


class _Asked(msgspec.Struct, frozen=True):
    model: str = ""


_read_asked = msgspec.json.Decoder(_Asked).decode


def find_paces(kept: Iterable[KeptResponse]) -> tuple[Pace, ...]:
    """Return each model's latest measurement, load by load, by model; calls that failed were not kept."""
    measured: dict[str, list[KeptResponse]] = {}
    for one in kept:
        if one.response.timing is not None and not one.run.endswith(_UNCOUNTED):
            measured.setdefault(one.run.partition("/")[0], []).append(one)
    latest: dict[str, list[KeptResponse]] = {}
    for calls in sorted(measured.values(), key=_find_begin):
        latest[_read_asked(calls[0].request).model] = calls
    paces = [pace for model, calls in latest.items() for pace in _measure(model, calls)]
    return tuple(sorted(paces, key=lambda pace: (pace.model, pace.loop, pace.load)))


def _find_begin(calls: Sequence[KeptResponse]) -> datetime:
    return min(one.at - timedelta(seconds=one.response.seconds) for one in calls)


def _measure(model: str, calls: Sequence[KeptResponse]) -> Iterable[Pace]:
    loads: dict[str, list[KeptResponse]] = {}
    for one in calls:
        loads.setdefault(one.run.partition("/")[2], []).append(one)
    for name, members in loads.items():
        loop, _, load = name.partition("-")
        responses = [one.response for one in members]
        first = find_median(one.timing.first for one in responses if one.timing is not None)
        if first is not None:
            yield Pace(
                model=model,
                began=_find_begin(members),
                loop=loop,
                load=float(load or 0),
                calls=len(members),
                first=first,
                speed=find_median(speed for one in responses if (speed := find_speed(one)) is not None),
                estimated=sum(not one.exact for one in responses),
            )
