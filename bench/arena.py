"""`make bench-arena`: what a rating costs and how right it is, beside other libraries.

Run as `python -m bench.arena`; `--quick` takes small sizes, `--enforce` ends with status 1 on a missed bar.
Votes are drawn from a known truth (`fen.arena.simulate`), written once as Parquet with dictionary-encoded
columns, and each method starts from the same bytes in memory, in a process of its own with one thread of
BLAS, several times in turns; figures are medians. `scripts/arena.sh` installs the other libraries.

It prints a table and writes `build/bench/arena.json`: of `fen`, `evalica`, `choix` and `fastchat`
`*_convert_2m_s` (from the bytes to what the method takes), `*_2m_s` (`fen_rate_2m_s`: all from the bytes
on), `*_peak_mb` and `*_mae_elo` against the truth of half-win ties, and of Fen alone:

- `fen_aggregate_fit_ci_ms`: counting, fit and intervals of 2M votes on 100 models.
- `fen_20m_300_s`: the same of 20M votes on 300 models.
- `fen_style_2m_s`: with 5 covariates and the side, and `style_worst_se`, `style_worst_share`: the largest
  error of a coefficient in standard errors, and relative to it where it is at least 0.1.
- `coverage_*`, `unrated_share`, `false_separation`: of `bench.arena_coverage`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from bench.arena_coverage import measure_coverage
from bench.figures import Bar, Figures
from bench.python import ROOT
from bench.stand import OUTPUT, say, write_figures
from fen.arena.ballots import OUTCOMES, Ballots, Floats
from fen.arena.rating.counts import count_votes
from fen.arena.rating.covariance import vote_covariance
from fen.arena.rating.fit import fit_counts, fit_wins
from fen.arena.rating.scale import POINTS
from fen.arena.rating.style import fit_style
from fen.arena.simulate import World, draw_ballots, draw_world
from fen.storage.parquet import Coded, write_columns

METHODS = ("fen", "evalica", "choix", "fastchat")
OTHERS = ROOT / "build" / "arena" / "bin" / "python"
STYLE = {"length": 0.25, "headers": 0.12, "lists": -0.15, "bold": 0.05, "same_vendor": 0.02}
FLOOR = 0.1  # coefficients below it are not asked to be within a share of themselves

BARS = (
    Bar("evalica_share", 1 / 50, "Fen's time from the bytes on, as a share of evalica's"),
    Bar("fen_aggregate_fit_ci_ms", 50.0, "ms for counting, fit and intervals of 2M votes"),
    Bar("fen_20m_300_s", 1.0, "s for the same of 20M votes on 300 models"),
    Bar("fen_style_2m_s", 4.0, "s for 2M votes with style control"),
    Bar("style_worst_se", 3.0, "standard errors that a coefficient is off"),
    Bar("style_worst_share", 0.05, "share that a coefficient of at least 0.1 is off"),
    Bar("coverage_miss", 0.0, "points by which coverage is outside of 93 to 97%"),
    Bar("taste_miss", 0.0, "points by which the shown interval's coverage, voters having tastes, is outside"),
    Bar("false_separation", 0.05, "chance of a false separation of equal models"),
)


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0, or 1 for a missed bar with `--enforce`."""
    parser = argparse.ArgumentParser(prog="python -m bench.arena", description="What a rating costs.")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 on a missed bar")
    options = parser.parse_args(words)
    votes, rounds = (100_000, 1) if options.quick else (2_000_000, 5)
    figures = compare(votes, rounds)
    figures |= rate_many(200_000 if options.quick else 20_000_000)
    figures |= control_style(votes)
    figures |= measure_coverage(*((60, 30) if options.quick else (2_000, 1_000)))
    report(figures)
    return 1 if options.enforce and not all(bar.met(figures) for bar in BARS) else 0


def compare(votes: int, rounds: int) -> Figures:
    """Fen beside the others on the same votes."""
    world = draw_world(100, 0)
    drawn = draw_ballots(world, votes, 1)
    truth = half_win_truth(world)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="arena-", dir=OUTPUT) as folder:
        file = Path(folder) / "votes.parquet"
        store(drawn, file)
        methods = METHODS if OTHERS.exists() else METHODS[:1]
        told = {name: [] for name in methods}
        for _ in range(rounds):
            for name in methods:
                say(f"{name}: {votes} votes")
                told[name].append(ask(name, file))
    figures: Figures = {}
    for name, runs in told.items():
        figures |= summarise(name, runs, dict(zip(drawn.models, truth, strict=True)))
    if "evalica_2m_s" in figures:
        figures["evalica_share"] = figures["fen_rate_2m_s"] / figures["evalica_2m_s"]
    return figures


def summarise(name: str, runs: list[dict], truth: dict[str, float]) -> Figures:
    """Medians of a method's runs, and its error against the truth."""
    convert, rate = (median(run[key] for run in runs) for key in ("convert_s", "rate_s"))
    figures = {
        f"{name}_convert_2m_s": convert,
        "fen_rate_2m_s" if name == "fen" else f"{name}_2m_s": median(
            run["convert_s"] + run["rate_s"] for run in runs
        ),
        f"{name}_alone_2m_s": rate,
        f"{name}_peak_mb": median(run["peak_mb"] for run in runs),
    }
    found = runs[0]["ratings"]
    shift = sum(found.values()) / len(found)
    errors = [abs(found[model] - shift - strength) * POINTS for model, strength in truth.items()]
    figures[f"{name}_mae_elo"] = sum(errors) / len(errors)
    if name == "fen":
        for part in ("aggregate_ms", "fit_ms", "interval_ms"):
            figures[f"fen_{part}"] = median(run[part] for run in runs)
        figures["fen_aggregate_fit_ci_ms"] = rate * 1e3
    return figures


def half_win_truth(world: World) -> Floats:
    """The strengths that most likely explain the expected votes, pairs drawn evenly and ties as half."""
    apart = world.strength[:, None] - world.strength[None, :]
    up, down = np.exp(apart / 2), np.exp(-apart / 2)
    wins = (up + world.nu / 2) / (up + down + world.nu)
    np.fill_diagonal(wins, 0.0)
    return fit_wins(np.arange(len(wins)), wins).strength


def store(drawn: Ballots, file: Path) -> None:
    left, right = (Coded(drawn.models, column.astype(np.int32)) for column in (drawn.left, drawn.right))
    outcome = Coded(OUTCOMES, drawn.outcome.astype(np.int32))
    write_columns(file, {"left": left, "right": right, "outcome": outcome})


def ask(method: str, file: Path) -> dict:
    python = sys.executable if method == "fen" else str(OTHERS)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    words = [python, "-m", "bench.arena_method", method, str(file)]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def rate_many(votes: int) -> Figures:
    """The time for many votes on 300 models, from codes to intervals."""
    say(f"fen: {votes} votes on 300 models")
    drawn = draw_ballots(draw_world(300, 2), votes, 3)
    begun = perf_counter()
    counts = count_votes(drawn)
    vote_covariance(fit_counts(counts), counts)
    return {"fen_20m_300_s": perf_counter() - begun}


def control_style(votes: int) -> Figures:
    """The time of a fit with style, and how far its coefficients are off."""
    say(f"fen: {votes} votes with style")
    world = World(draw_world(100, 4).strength, nu=0.0, side=0.1, style=STYLE)
    drawn = draw_ballots(world, votes, 5)
    begun = perf_counter()
    fit = fit_style(drawn)
    seconds = perf_counter() - begun
    truth = np.array([*STYLE.values(), world.side])
    error = np.abs(fit.coefficient - truth)
    own = np.sqrt(np.diag(fit.covariance))[len(fit.strength) :]
    large = np.abs(truth) >= FLOOR
    return {
        "fen_style_2m_s": seconds,
        "style_worst_se": float((error / own).max()),
        "style_worst_share": float((error[large] / np.abs(truth[large])).max()),
    }


def report(figures: Figures) -> None:
    """Print a table and the bars, and write the figures."""
    print(f"{'':10}{'convert s':>10}{'rate s':>10}{'both s':>10}{'peak MB':>10}{'error Elo':>10}")
    for name in METHODS:
        if f"{name}_mae_elo" in figures:
            both = figures["fen_rate_2m_s" if name == "fen" else f"{name}_2m_s"]
            cells = [figures[f"{name}_{key}"] for key in ("convert_2m_s", "alone_2m_s")]
            rest = [figures[f"{name}_{key}"] for key in ("peak_mb", "mae_elo")]
            print(f"{name:10}" + "".join(f"{cell:10.3f}" for cell in (*cells, both, *rest)))
    for key in sorted(key for key in figures if key.startswith(("coverage", "unrated"))):
        print(f"{key}: {figures[key]:.4f}")
    for bar in BARS:
        print(bar.line(figures))
    write_figures("arena", figures)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
