"""Supervised training with TRL: the loss is on the answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from fen.training.answer_loss import derive_trainer
from fen.training.batches import order_rows
from fen.training.door import load_library
from fen.training.libraries import check_libraries
from fen.training.model import add_adapter, open_model, open_tokenizer, save_adapter
from fen.training.recipe import Place, Recipe, check_recipe, choose_place
from fen.training.room import check_room
from fen.training.texts import Encoded, Example, encode_examples
from fen.training.trainer import Outcome, count_steps, describe_settings, run_trainer


class Job(msgspec.Struct, frozen=True):
    """What is trained and where.

    name: told in progress. base: a Hugging Face folder. work: the checkpoints' folder; adapter: the result's.
    """

    name: str
    base: Path
    work: Path
    adapter: Path


def train_sft(job: Job, recipe: Recipe, examples: Sequence[Example]) -> Outcome:
    """Train a LoRA adapter on examples, and write it; goes on where an earlier process was killed.

    Raises ConfigError, before work starts, of a missing extra, a recipe or example that is wrong, or where
    memory or disk is too small.
    """
    check_recipe(recipe)
    check_libraries()
    place = choose_place(recipe)
    check_room(job.base, job.work, recipe, place)
    tokenizer = open_tokenizer(job.base)
    encoded = encode_examples(tokenizer, examples, recipe.max_tokens)
    model = add_adapter(open_model(job.base, place), recipe)
    trainer = _make_trainer(model, tokenizer, encoded, (job, recipe, place))
    outcome = run_trainer(trainer, job.name, job.work, describe_run(recipe, examples), len(examples))
    if trainer.is_world_process_zero():
        save_adapter(trainer.accelerator.unwrap_model(trainer.model), job.adapter)
    return outcome


def describe_run(recipe: Recipe, rows: Sequence[msgspec.Struct]) -> dict[str, Any]:
    """Return what makes a run that run: its recipe, its number of rows, and their SHA-256."""
    return {"recipe": msgspec.to_builtins(recipe), "rows": len(rows), "sha256": hash_rows(rows)}


def hash_rows(rows: Sequence[msgspec.Struct]) -> str:
    """Return the SHA-256 of rows as JSON, in order."""
    return sha256(msgspec.json.encode(list(rows))).hexdigest()


def _make_trainer(
    model: Any, tokenizer: Any, encoded: Sequence[Encoded], run: tuple[Job, Recipe, Place]
) -> Any:
    job, recipe, place = run
    trl, datasets = load_library("trl"), load_library("datasets")
    steps = count_steps(recipe, len(encoded), recipe.epochs)
    ordered = order_rows(encoded, [len(row.input_ids) for row in encoded], recipe, steps)
    rows = datasets.Dataset.from_list([msgspec.to_builtins(row) for row in ordered])
    settings = describe_settings(recipe, place, job.work, steps)
    return derive_trainer()(
        model=model,
        args=trl.SFTConfig(
            **settings,
            dataset_kwargs={"skip_prepare_dataset": True},  # the labels are ours, exact to the token
            packing=False,
        ),
        train_dataset=rows,
        processing_class=tokenizer,
    )
