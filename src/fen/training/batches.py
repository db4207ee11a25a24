"""Batches: which rows each step has is told by the seed alone, and they lie by their length."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from fen.training.recipe import Recipe

_Row = TypeVar("_Row")


def order_rows(rows: Sequence[_Row], lengths: Sequence[int], recipe: Recipe, steps: int) -> list[_Row]:
    """Return the rows of so many steps one after another, passing over all of them as often as it takes.

    Which places a step has is told by the seed and the number of rows, so that two arms have the same. Within
    a step the shortest come first: those that are padded to one length then hardly differ.
    """
    order, shuffler = list[int](), Random(f"rows:{recipe.seed}")  # noqa: S311  training, no secrets
    batch, needed = recipe.batch, recipe.batch * steps
    while len(order) < needed:
        places = list(range(len(rows)))
        shuffler.shuffle(places)
        order += places
    return [
        rows[place]
        for start in range(0, needed, batch)
        for place in sorted(order[start : start + batch], key=lengths.__getitem__)
    ]
