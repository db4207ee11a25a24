"""`make bench-evals`: what one sample of an evaluation costs, in Fen and in Inspect.

Run as `python -m bench.evals`; `--quick` takes small sizes, `--enforce` ends with status 1 on a missed bar.
Both ask the same instant upstream (nginx, a process apart) one-line samples with an exact answer, at 50
connections, each in a process of its own, in rounds that take turns; figures are medians. Fen's samples go
through its whole pipeline, ledger and kept answers included. Inspect is installed by `scripts/inspect.sh`.

It prints a table and writes `build/bench/evals.json`: `fen_samples_per_s`, `fen_cpu_ms_per_sample`,
`inspect_samples_per_s`, `inspect_cpu_ms_per_sample`.
"""

import argparse
import json
import os
import subprocess
import sys
from statistics import median
from typing import Any

from bench.figures import Bar, Figures
from bench.process import BenchError, clean_environment
from bench.python import ROOT
from bench.stand import say, started_stand, write_figures

CONNECTIONS = 50
LEAST_PER_SECOND = 800.0
BARS = (
    Bar("fen_ms_between_samples", 1e3 / LEAST_PER_SECOND, "ms from one sample to the next (800/s)"),
    Bar("fen_cpu_ms_per_sample", 1.2, "ms of CPU a sample"),
)
INSPECT = ROOT / "build" / "inspect" / "bin" / "python"


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0, 1 for a missed bar with `--enforce`, or 2 for no measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench.evals", description="What a sample costs.")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 on a missed bar")
    options = parser.parse_args(words)
    samples, rounds = (500, 1) if options.quick else (8_000, 5)
    try:
        figures = measure(samples, rounds, inspected=not options.quick)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report(figures)
    return 1 if options.enforce and not all(bar.met(figures) for bar in BARS) else 0


def measure(samples: int, rounds: int, *, inspected: bool) -> Figures:
    """Return the medians of both over the rounds."""
    runs: dict[str, list[dict[str, Any]]] = {"fen": []}
    if inspected and INSPECT.exists():
        runs["inspect"] = []
    with started_stand("evals") as (_, ground):
        base = f"http://127.0.0.1:{ground.whole_port}/v1"
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}: fen")
            fen = ["bench.evals_fen", base, str(samples), str(CONNECTIONS)]
            runs["fen"].append(ask([sys.executable, "-m", *fen]))
            if "inspect" in runs:
                say(f"round {turn + 1} of {rounds}: inspect")
                words = ["--base-url", base, "--samples", str(samples // 20)]
                words += ["--connections", str(CONNECTIONS)]
                runs["inspect"].append(ask([str(INSPECT), "bench/evals_inspect.py", *words]))
    for found in runs["fen"]:
        if found["correct"] != samples:
            raise BenchError(f"expected {samples} right answers, found {found['correct']}")
    figures: Figures = {
        f"{name}_{key}": median(found[key] for found in told)
        for name, told in runs.items()
        for key in ("samples_per_s", "cpu_ms_per_sample")
    }
    return figures | {"fen_ms_between_samples": 1e3 / figures["fen_samples_per_s"]}


def ask(words: list[str]) -> dict[str, Any]:
    environment = clean_environment(os.environ)
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(words)} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def report(figures: Figures) -> None:
    """Print both side by side and the bars, and write the figures."""
    print(f"{'':10}{'samples/s':>12}{'CPU ms':>10}")
    for name in ("fen", "inspect"):
        if f"{name}_samples_per_s" in figures:
            speed, cpu = figures[f"{name}_samples_per_s"], figures[f"{name}_cpu_ms_per_sample"]
            print(f"{name:10}{speed:12.0f}{cpu:10.2f}")
    for bar in BARS:
        print(bar.line(figures))
    write_figures("evals", figures)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
