"""`python -m fen.training`: the steps of a comparison, one process each; also the door for `torchrun`.

`python -m fen.training compare PLAN --base FOLDER --out FOLDER` runs them all. Several GPUs train a row by
`torchrun --nproc-per-node N -m fen.training train PLAN --base FOLDER --out FOLDER --row treatment`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from fen.training.compare import compare
from fen.training.plan import read_plan
from fen.training.row import Site, answer_row, sample_replay, train_row
from fen.wire.errors import FenError


def main() -> int:
    """Run one step, or all; returns 1 and tells why where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m fen.training", description="Run a step of a comparison.")
    parser.add_argument("step", choices=("compare", "replay", "train", "answer"))
    parser.add_argument("plan", type=Path)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--row", default="treatment")
    given = parser.parse_args()
    try:
        _run(given.step, given.plan, Site(given.base, given.out), given.row)
    except FenError as error:
        sys.stderr.write(f"fen: {error}\n")
        return 1
    return 0


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
