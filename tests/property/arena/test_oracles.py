"""Fen's strengths are those of evalica and choix, which find them in other ways, on random boards."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bench.arena import OTHERS, store
from bench.python import ROOT
from fen.arena.ballots import Ballots
from fen.arena.rating.counts import count_votes
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.scale import POINTS
from fen.arena.simulate import World, draw_ballots
from tests.sizes import is_proving, pick

pytestmark = pytest.mark.skipif(
    not OTHERS.exists() and not is_proving(), reason="no build/arena here: scripts/arena.sh makes it"
)

BOARDS = pick(2, 25)


def draw_board(seed: int) -> Ballots:
    """A board on which every model is rated, of a size, spread and share of ties of its own."""
    random = np.random.default_rng(seed)
    n = int(random.integers(3, 40))
    strength = random.normal(0.0, random.uniform(0.2, 1.5), n)
    world = World(strength, nu=float(random.uniform(0.0, 1.5)), side=float(random.normal(0.0, 0.2)))
    drawn = draw_ballots(world, int(random.integers(60, 400)) * n, seed)
    assert len(fit_counts(count_votes(drawn)).rated) == n
    return drawn


def ask(method: str, file: Path) -> dict[str, float]:
    words = [str(OTHERS), "-m", "bench.arena_method", method, str(file)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["ratings"]


@pytest.mark.parametrize("method", ["evalica", "choix"])
@pytest.mark.parametrize("seed", range(BOARDS))
def test_strengths_are_those_of_other_libraries(tmp_path: Path, method: str, seed: int) -> None:
    drawn = draw_board(seed)
    store(drawn, tmp_path / "votes.parquet")
    told = ask(method, tmp_path / "votes.parquet")
    fit = fit_counts(count_votes(drawn))
    theirs = np.array([told[drawn.models[place]] for place in fit.rated])
    apart = np.abs(theirs - theirs.mean() - fit.strength).max() * POINTS
    assert apart < 0.2  # points; they stop at a tolerance, Newton's method at the last digits
