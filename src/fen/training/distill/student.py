"""A student is trained on a distillation's examples, and written as an adapter that Fen serves."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fen.app.manifest import Manifest
from fen.training.distill.files import EXAMPLES, read_distillation
from fen.training.libraries import find_versions
from fen.training.measured import Trained
from fen.training.plan import read_lines
from fen.training.publish import Publication, publish
from fen.training.recipe import Recipe, choose_place
from fen.training.sft import Job, train_sft
from fen.training.texts import Example

_RESULTS = "results.json"


def train_student(folder: Path, base: Path, out: Path, recipe: Recipe) -> Manifest:
    """Train on what `fen distill build` or `ask` wrote, and write the adapter with its manifest (blocks).

    folder: the distillation's, where checkpoints and results are put, too; a run that was stopped goes on.
    base: a Hugging Face folder. out: the GGUF file. Raises InvalidRequest for a folder that is none, and as
    `train_sft` and `publish` do.
    """
    told = read_distillation(folder)
    examples = read_lines((folder / EXAMPLES).read_bytes(), Example, EXAMPLES)
    job = Job("student", base, folder / "work", folder / "adapter")
    train_sft(job, recipe, examples)
    place = choose_place(recipe)
    trained = Trained(
        recipe=msgspec.to_builtins(recipe),
        plan_sha256=told.sha256,
        device=place.device,
        dtype=place.dtype,
        versions=dict(find_versions()),
    )
    (folder / _RESULTS).write_bytes(msgspec.json.format(msgspec.json.encode(trained)))
    return publish(Publication(job.adapter, out, out.stem, base, trained=trained, data=told.tag))
