"""How a model is trained: every number of a run, checked before it starts."""

from __future__ import annotations

from typing import Literal

import msgspec

from fen.training.door import load_library
from fen.wire.errors import ConfigError

Device = Literal["auto", "cpu", "cuda"]
Dtype = Literal["auto", "fp32", "bf16"]
_ON_CPU = 4
"""Examples at once: those of a step that are nearly of one length, so that padding stays small."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a run; LoRA (Hu et al. 2021, arXiv 2106.09685) on all linear layers but the head.

    rank, alpha: LoRA's. rate: the learning rate at its peak; it falls as a cosine to 0 after a warm-up.
    max_tokens: the longest example. batch: examples a step, over all processes; micro: at once in one process
    (0: all of them on a GPU, four on a CPU). epochs: passes over the data; steps: instead of them, where
    not 0. save_every: steps between checkpoints. replay_share: replay rows among all rows of an arm. beta,
    dpo_rate, dpo_epochs: DPO's (Rafailov et al. 2023, arXiv 2305.18290).
    """

    rank: int = 8
    alpha: int = 16
    rate: float = 1e-3
    warmup: float = 0.03
    max_tokens: int = 384
    batch: int = 16
    micro: int = 0
    epochs: float = 3.0
    steps: int = 0
    save_every: int = 50
    seed: int = 0
    replay_share: float = 0.2
    beta: float = 0.1
    dpo_rate: float = 5e-5
    dpo_epochs: float = 1.0
    device: Device = "auto"
    dtype: Dtype = "auto"


class Place(msgspec.Struct, frozen=True):
    """Where a run works: `cpu` or `cuda`, and in what numbers."""

    device: Literal["cpu", "cuda"]
    dtype: Literal["fp32", "bf16"]

    @property
    def torch_dtype(self) -> object:
        """PyTorch's name of the dtype."""
        torch = load_library("torch")
        return torch.bfloat16 if self.dtype == "bf16" else torch.float32


def check_recipe(recipe: Recipe) -> None:
    """Raise ConfigError of the first setting that is out of its range."""
    least = {"rank": 1, "alpha": 1, "max_tokens": 16, "batch": 1, "micro": 0, "steps": 0, "save_every": 1}
    for name, bound in least.items():
        if getattr(recipe, name) < bound:
            raise ConfigError(f"recipe: found {name}={getattr(recipe, name)}, expected at least {bound}")
    for name in ("rate", "epochs", "beta", "dpo_rate", "dpo_epochs"):
        if not getattr(recipe, name) > 0:
            raise ConfigError(f"recipe: found {name}={getattr(recipe, name)}, expected more than 0")
    for name in ("warmup", "replay_share"):
        if not 0 <= getattr(recipe, name) < 1:
            raise ConfigError(
                f"recipe: found {name}={getattr(recipe, name)}, expected 0 or more, and under 1"
            )
    if recipe.micro and recipe.batch % recipe.micro:
        raise ConfigError(
            f"recipe: found batch={recipe.batch} and micro={recipe.micro}, expected a whole number of micros"
        )


def choose_place(recipe: Recipe) -> Place:
    """Return where the recipe runs here: `auto` is a GPU, or else the CPU, and bf16 where it has that.

    Not every CPU multiplies bf16: with AVX512-BF16 training was measured at twice the speed of fp32, and
    answers at 2.8 times; without that, bf16 is several times slower. Raises ConfigError where a GPU is asked
    for and there is none.
    """
    found = bool(load_library("torch").cuda.is_available())
    if recipe.device == "cuda" and not found:
        raise ConfigError("recipe: found no GPU that PyTorch can use, expected one for device=cuda")
    device = "cuda" if found and recipe.device != "cpu" else "cpu"
    if recipe.dtype == "auto":
        return Place(device, "bf16" if device == "cuda" or _multiplies_bf16() else "fp32")
    return Place(device, recipe.dtype)


def _multiplies_bf16() -> bool:
    able = load_library("torch").cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def split_batch(recipe: Recipe, place: Place, processes: int) -> tuple[int, int]:
    """Return how many examples a process takes at once, and how often before each step.

    Raises ConfigError where the batch does not divide by the processes.
    """
    share, left = divmod(recipe.batch, processes)
    if left or not share:
        raise ConfigError(f"recipe: found batch={recipe.batch}, expected a multiple of {processes} processes")
    micro = recipe.micro or (share if place.device == "cuda" else _ON_CPU)
    micro = next(size for size in range(min(micro, share), 0, -1) if share % size == 0)
    return micro, share // micro
