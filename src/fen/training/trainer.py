"""What supervised training and DPO have in common: Trainer's settings, and going on from a checkpoint."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import msgspec

from fen.training.checkpoints import claim_folder, find_checkpoint, mark_checkpoints
from fen.training.progress import tell_progress
from fen.training.recipe import Place, Recipe, split_batch


class Outcome(msgspec.Struct, frozen=True):
    """What a run came to.

    losses: the mean loss of each logged stretch, by its last step. seconds: this process's, so that a run
    that went on counts its last part alone.
    """

    steps: int
    examples: int
    losses: tuple[tuple[int, float], ...]
    seconds: float


def count_steps(recipe: Recipe, examples: int, epochs: float) -> int:
    """Return the steps of a run."""
    return recipe.steps or max(1, math.ceil(math.ceil(examples / recipe.batch) * epochs))


def describe_settings(recipe: Recipe, place: Place, folder: Path, steps: int) -> dict[str, Any]:
    """Return the arguments that SFTConfig and DPOConfig share."""
    micro, times = split_batch(recipe, place, int(os.environ.get("WORLD_SIZE", "1")))
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": times,
        "max_steps": steps,
        "learning_rate": recipe.rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": math.ceil(recipe.warmup * steps),
        "weight_decay": 0.0,
        "seed": recipe.seed,
        "train_sampling_strategy": "sequential",  # the rows are in order already
        "bf16": place.dtype == "bf16",
        "use_cpu": place.device == "cpu",
        "optim": "adamw_torch",
        "gradient_checkpointing": False,
        "logging_steps": max(1, min(10, steps // 5)),
        "save_strategy": "steps",
        "save_steps": recipe.save_every,
        "save_total_limit": 2,
        "disable_tqdm": True,
        "report_to": [],
        "ddp_find_unused_parameters": False,  # a LoRA layer has none
        "max_length": None,
    }


def run_trainer(trainer: Any, name: str, folder: Path, key: dict[str, Any], examples: int) -> Outcome:
    """Train to the end, going on from the folder's last whole checkpoint where there is one.

    key: what makes the run that run. Raises ConfigError where the folder holds another's checkpoints.
    """
    trainer.add_callback(mark_checkpoints())
    trainer.add_callback(tell_progress(name, folder / "progress.jsonl"))
    _drop_printer(trainer)
    started = time.monotonic()
    with claim_folder(folder, key):
        checkpoint = find_checkpoint(folder)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    logs = [line for line in trainer.state.log_history if "loss" in line]
    return Outcome(
        steps=int(trainer.state.global_step),
        examples=examples,
        losses=tuple((int(line["step"]), float(line["loss"])) for line in logs),
        seconds=time.monotonic() - started,
    )


def _drop_printer(trainer: Any) -> None:
    for callback in list(trainer.callback_handler.callbacks):
        if type(callback).__name__ in {"PrinterCallback", "ProgressCallback"}:  # ours tells more
            trainer.remove_callback(callback)
