"""Batches: every step's rows are drawn by the seed alone, and lie by their length; padding has no mask."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from fen.training.door import load_library
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


class Collator:
    """Makes TRL's batches without a mask: rows are padded behind, where nothing before can see it.

    PyTorch's attention is slower with a mask than with a plain causal one: by a seventh of a step on a CPU.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._torch, trl = load_library("torch"), load_library("trl.trainer.sft_trainer")
        self._collate = trl.DataCollatorForLanguageModeling(pad_token_id=tokenizer.pad_token_id)

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the rows as one batch."""
        batch: dict[str, Any] = self._collate(rows)
        del batch["attention_mask"]
        shape = batch["input_ids"].shape
        batch["position_ids"] = self._torch.arange(shape[1]).expand(*shape).contiguous()
        return batch
