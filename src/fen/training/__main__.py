"""`python -m fen.training`: the steps of a comparison, one process each; also the door for `torchrun`.

`python -m fen.training compare PLAN --base FOLDER --out FOLDER` runs them all. Several GPUs train a row by
`torchrun --nproc-per-node N -m fen.training train PLAN --base FOLDER --out FOLDER --row treatment`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import warnings
from pathlib import Path

import msgspec

from fen.training.compare import compare
from fen.training.plan import read_plan
from fen.training.ray_train import Crew, train_on_ray
from fen.training.recipe import choose_place
from fen.training.row import Site, answer_row, sample_replay, train_row
from fen.wire.errors import FenError

_QUIET = {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_OFFLINE": "1",
    "PYTHONWARNINGS": "ignore",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


def main() -> int:
    """Run one step, or all; returns 1 and tells why where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m fen.training", description="Run a step of a comparison.")
    parser.add_argument("step", choices=("compare", "replay", "train", "answer"))
    parser.add_argument("plan", type=Path)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--row", default="treatment")
    parser.add_argument("--ray", metavar="ADDRESS", help="train on a Ray cluster; local starts one")
    parser.add_argument("--workers", type=int, default=1, help="processes on the cluster")
    parser.add_argument("--tied", action="store_true", help="end where the standard input does")
    given = parser.parse_args()
    if given.tied:
        tie_to_input()
    _keep_quiet()
    try:
        if given.ray and given.step == "train":
            crew = Crew(given.workers, gpu=choose_place(read_plan(given.plan).recipe).device == "cuda")
            crew = msgspec.structs.replace(crew, address=given.ray)
            train_on_ray(given.plan, (given.base, given.out), given.row, crew)
        else:
            _run(given.step, given.plan, Site(given.base, given.out), given.row)
    except FenError as error:
        sys.stderr.write(f"fen: {error}\n")
        return 1
    return 0


def tie_to_input() -> None:
    """End this process where its standard input ends, that is with who started it, however that ended.

    A step that is left alone would go on for hours, beside the one that the next call starts.
    """
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


def _wait_for_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)  # at once: a checkpoint that is half written counts for nothing


def _keep_quiet() -> None:
    """Leave stderr to Fen's own lines: the libraries' bars and advice to their users go."""
    warnings.simplefilter("ignore")
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


def _run(step: str, folder: Path, site: Site, row: str) -> None:
    if step == "compare":
        asyncio.run(compare(folder, site))
        return
    plan = read_plan(folder)
    if step == "replay":
        sample_replay(site, plan)
    elif step == "train":
        train_row(site, plan, row)
    else:
        answer_row(site, plan, row)


if __name__ == "__main__":
    sys.exit(main())
