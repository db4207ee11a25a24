"""Faults by chance, and the same ones for the same seed: words of tests/fakes/script.py for some requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

FAULTS: Mapping[str, tuple[str, ...]] = {
    "busy": ("status-429-retry-0", "status-429-retry-1", "status-429"),
    "refusal": ("status-500", "status-502", "status-503-retry-0", "status-529", "status-408", "status-409"),
    "hang": ("hang", "stall-{at}"),
    "reset": ("reset-{at}",),
    "drop": ("silent", "drop-{at}"),
    "half": ("half-{at}",),
    "malformed": ("malformed-{at}",),
    "error": ("error-{at}",),
    "usage": ("usage-total", "usage-cached", "usage-negative", "usage-none"),
}
"""The words of each kind of fault; `at` is after 0 to 3 tokens."""


class Chaos:
    """Adds a fault to a part `rate` of the requests.

    Which requests, and which fault, follows from the seed, what the user said and how often it was said
    before: not from the order in which requests come. drawn: how often each kind of fault was.
    """

    def __init__(self, rate: float, seed: int) -> None:
        self._rate = rate
        self._seed = seed
        self._said: Counter[str] = Counter()
        self.drawn: Counter[str] = Counter()

    def draw(self, text: str) -> str:
        """Return the words to add to what the user said, in their brackets; "" for no fault."""
        self._said[text] += 1
        chance = Random(f"{self._seed} {self._said[text]} {text}")
        if chance.random() >= self._rate:
            return ""
        kind = chance.choice(list(FAULTS))
        self.drawn[kind] += 1
        return f"[[{chance.choice(FAULTS[kind]).format(at=chance.randrange(4))}]]"
