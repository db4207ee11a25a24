"""Preference training with TRL: the legitimate answer over the answer to the injection.

Rafailov et al., Direct Preference Optimization, 2023 (arXiv 2305.18290). The reference is the adapter as it
was before, which TRL keeps beside the one that is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fen.training.batches import order_rows
from fen.training.door import load_library
from fen.training.libraries import check_libraries
from fen.training.model import open_adapter, open_model, open_tokenizer, save_adapter
from fen.training.recipe import Recipe, check_recipe, choose_place
from fen.training.room import check_room
from fen.training.sft import Job, describe_run
from fen.training.texts import Example, Pair, encode_example, render_prompt
from fen.training.trainer import Outcome, count_steps, describe_settings, run_trainer
from fen.wire.errors import ConfigError


def train_dpo(job: Job, recipe: Recipe, start: Path, pairs: Sequence[Pair]) -> Outcome:
    """Train an adapter further on pairs, and write it; start: the adapter's folder.

    Raises ConfigError as `train_sft` does.
    """
    check_recipe(recipe)
    check_libraries()
    place = choose_place(recipe)
    check_room(job.base, job.work, recipe, place)
    tokenizer = open_tokenizer(job.base)
    rows = render_pairs(tokenizer, pairs, recipe.max_tokens)
    model = open_adapter(open_model(job.base, place), start, trainable=True)
    trl, datasets = load_library("trl"), load_library("datasets")
    ruled = replace(recipe, rate=recipe.dpo_rate)
    steps = count_steps(recipe, len(rows), recipe.dpo_epochs)
    ordered = order_rows(rows, [len(row["prompt"]) for row in rows], recipe, steps)
    settings = describe_settings(ruled, place, job.work, steps)
    trainer = trl.DPOTrainer(
        model=model,
        args=trl.DPOConfig(**settings, beta=recipe.beta),
        train_dataset=datasets.Dataset.from_list(ordered),
        processing_class=tokenizer,
    )
    outcome = run_trainer(trainer, job.name, job.work, describe_run(recipe, pairs), len(pairs))
    if trainer.is_world_process_zero():
        save_adapter(trainer.accelerator.unwrap_model(trainer.model), job.adapter)
    return outcome


def render_pairs(tokenizer: Any, pairs: Sequence[Pair], max_tokens: int) -> list[dict[str, str]]:
    """Return pairs as plain text for TRL, which adds the end's token to each answer.

    Raises ConfigError where there is none, where one is longer than max_tokens, or where both
    answers are one.
    """
    if not pairs:
        raise ConfigError("found no pairs, expected at least one")
    for pair in pairs:
        if pair.chosen == pair.rejected:
            raise ConfigError(f"{pair.id}: found the chosen answer rejected too, expected two answers")
        for answer in (pair.chosen, pair.rejected):
            found = encode_example(tokenizer, Example(pair.id, pair.messages, answer))
            if len(found.input_ids) > max_tokens:
                raise ConfigError(
                    f"{pair.id}: found {len(found.input_ids)} tokens, expected max_tokens={max_tokens}"
                )
    return [
        {
            "prompt": render_prompt(tokenizer, pair.messages),
            "chosen": pair.chosen,
            "rejected": pair.rejected,
        }
        for pair in pairs
    ]
