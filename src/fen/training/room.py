"""Whether a run fits: memory and disk, asked before work starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from fen.training.door import load_library
from fen.training.memory import MEMINFO, find_memory
from fen.training.recipe import Place, Recipe, split_batch
from fen.wire.errors import ConfigError

_ACTIVATION = 40
"""Bytes that a token's activations take for each of a layer's hidden numbers (fp32, the MLP's included)."""
_SPARE = 512 << 20
_MEMORY = MEMINFO


class Shape(msgspec.Struct, frozen=True):
    """What a model's `config.json` says of its size."""

    hidden_size: int
    num_hidden_layers: int
    vocab_size: int


def check_room(base: Path, folder: Path, recipe: Recipe, place: Place) -> None:
    """Raise ConfigError where the run would not fit in memory, or its checkpoints on the disk.

    The need is estimated from the weights' file and the model's shape; it is told with what was found.
    """
    weights = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    if not weights:
        raise ConfigError(f"{base}: found no *.safetensors, expected a Hugging Face folder")
    need, found = estimate_memory(base, weights, recipe, place), _find_memory(place)
    if found is not None and found < need:
        raise ConfigError(
            f"found {_gib(found)} of free memory, expected {_gib(need)}: a smaller `micro` takes less"
        )
    folder.mkdir(parents=True, exist_ok=True)
    free, wanted = shutil.disk_usage(folder).free, weights + _SPARE
    if free < wanted:
        raise ConfigError(f"{folder}: found {_gib(free)} of free disk, expected {_gib(wanted)}")


def estimate_memory(base: Path, weights: int, recipe: Recipe, place: Place) -> int:
    """Return bytes: the weights twice over (once while they are read), activations, and a batch's logits."""
    try:
        shape = msgspec.json.decode((base / "config.json").read_bytes(), type=Shape)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{base}/config.json: found {error}, expected a model's configuration") from None
    micro, _ = split_batch(recipe, place, 1)
    tokens = micro * recipe.max_tokens
    activations = tokens * shape.hidden_size * shape.num_hidden_layers * _ACTIVATION
    return 2 * weights + activations + tokens * shape.vocab_size * 4 + _SPARE


def _find_memory(place: Place) -> int | None:
    if place.device == "cuda":
        free, _ = load_library("torch").cuda.mem_get_info()
        return int(free)
    return find_memory(_MEMORY)


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
