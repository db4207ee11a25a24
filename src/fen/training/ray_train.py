"""Training on a Ray cluster (extras `ray` and `train`): the one door to Ray Train.

Ray starts a process on each worker and tells it the others, as `torchrun` does; each runs the same step. The
folders of the plan, the base and the results must be the same on all machines.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from fen.wire.errors import ConfigError

EXTRA = "ray"


class Crew(msgspec.Struct, frozen=True):
    """How many processes train. address: of the cluster, as `ray.init` takes it; `local` starts one here."""

    workers: int
    gpu: bool
    address: str = "local"


def train_on_ray(folder: Path, site: tuple[Path, Path], row: str, crew: Crew) -> None:
    """Train a row of a plan's folder by a crew (blocks); site: the base's folder and the results'.

    Raises ConfigError where the extra is not installed, where there is no cluster, or where training fails.
    """
    ray, parts = _load_ray()
    try:
        ray.init(address=crew.address, log_to_driver=True, logging_level="ERROR", include_dashboard=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{crew.address}: found no Ray cluster ({error}), expected one") from None
    try:
        scaling = parts.ScalingConfig(num_workers=crew.workers, use_gpu=crew.gpu)
        config = {"folder": str(folder), "base": str(site[0]), "out": str(site[1]), "row": row}
        storage = parts.RunConfig(storage_path=str(site[1] / "ray"))
        trainer = import_module("ray.train.torch").TorchTrainer(
            run_worker, train_loop_config=config, scaling_config=scaling, run_config=storage
        )
        trainer.fit()
    except (ray.exceptions.RayError, parts.TrainingFailedError) as error:
        raise ConfigError(f"row {row}: {_first_line(error)}, expected that it is trained") from None
    finally:
        ray.shutdown()


def run_worker(config: dict[str, str]) -> None:
    """Train as one process of a crew; the environment says which, by Ray."""
    from fen.training.plan import read_plan  # noqa: PLC0415  (on the worker alone)
    from fen.training.row import Site, train_row  # noqa: PLC0415

    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    train_row(
        Site(Path(config["base"]), Path(config["out"])), read_plan(Path(config["folder"])), config["row"]
    )


def _load_ray() -> tuple[Any, Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Fen tells nobody that it is used
    try:
        return import_module("ray"), import_module("ray.train")
    except ImportError as error:
        raise ConfigError(
            f"found no Ray Train ({error}), expected Fen's extra `{EXTRA}`: pip install 'fen[{EXTRA}]'"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
