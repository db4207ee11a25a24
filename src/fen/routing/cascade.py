"""A cascade: a cheap model is asked first, and the strong one only where the answer is not kept."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.routing.choose import Candidate
from fen.routing.sieve import Sieve


class Prospect(msgspec.Struct, frozen=True):
    """What a cascade is expected to do: its cost, the chance of a right answer, and that of escalating."""

    cost: float
    p: float
    escalates: float


def foresee(cheap: Candidate, strong: Candidate, sieve: Sieve, beside: float = 0.0) -> Prospect:
    """Return what asking `cheap` first, and `strong` where its answer is not kept, is expected to do.

    beside: money for what the checks themselves ask, such as a second cheap model. Cost is that of the cheap
    answer and, by the chance of escalating, that of the strong one too.
    """
    escalates = cheap.p * sieve.alarms + (1.0 - cheap.p) * sieve.catches
    kept_right = cheap.p * (1.0 - sieve.alarms)
    p = kept_right + escalates * sieve.rescues * strong.p
    return Prospect(cheap.cost + beside + escalates * strong.cost, min(1.0, p), escalates)


def find_lead(
    strong: Candidate, candidates: Sequence[Candidate], sieve: Sieve, beside: float = 0.0
) -> Candidate | None:
    """Return whom to ask before `strong`: the one with the cheapest cascade that is no worse than it.

    None where the strong one alone is expected to cost less, or to be right more often.
    """
    found: list[tuple[float, str, Candidate]] = []
    for cheap in candidates:
        if cheap.model == strong.model or cheap.cost >= strong.cost:
            continue
        prospect = foresee(cheap, strong, sieve, beside)
        if prospect.cost < strong.cost and prospect.p >= strong.p:
            found.append((prospect.cost, cheap.model, cheap))
    return min(found, key=lambda one: one[:2])[2] if found else None
