"""Made-up outcomes with a known truth: a cheap model that writes well and cannot reckon, and a strong one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

MODELS: Mapping[str, tuple[float, float, float]] = {
    "cheap": (0.35, 0.92, 0.0001),
    "middle": (0.70, 0.90, 0.001),
    "strong": (0.95, 0.95, 0.01),
}
"""By model: the chance to be right about a sum, and with a rhyme, and what an answer costs in USD."""

_THINGS = ("a river", "the moon", "an old tram", "winter", "two dogs", "the harbour", "bread", "a lighthouse")


def make_prompts(count: int, seed: int = 0) -> Iterator[tuple[str, bool]]:
    """Yield prompts, each with whether it is a sum; all different."""
    drawn = random.Random(seed)
    for number in range(count):
        if number % 2:
            first, second, third = (drawn.randrange(100, 999) for _ in range(3))
            yield f"What is {first} * {second} + {third} - {number}?", True
        else:
            thing, other = drawn.sample(_THINGS, 2)
            yield f"Write a rhyme, number {number}, about {thing} and {other}, please.", False


def make_outcomes(count: int, seed: int = 0, tag: str | None = None) -> list[dict[str, Any]]:
    """Return rows of a file of outcomes: every model answers each of so many prompts."""
    drawn = random.Random(seed + 1)
    rows: list[dict[str, Any]] = []
    for prompt, is_sum in make_prompts(count, seed):
        for model, (sums, rhymes, cost) in MODELS.items():
            right = drawn.random() < (sums if is_sum else rhymes)
            row = {"prompt": prompt, "model": model, "correct": right}
            row |= {
                "cost": round(cost * drawn.uniform(0.8, 1.25), 8),
                "output_tokens": drawn.randrange(50, 90),
            }
            rows.append(row | ({"tag": tag} if tag else {}))
    return rows
