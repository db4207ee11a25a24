"""`make bench-route`: what routing gains on recorded outcomes, beside other ways to route.

Run as `python -m bench.route`; `--quick` takes one pool and few splits, `--enforce` ends with status 1 on a
missed bar, or one that was not measured.
Splits, measures and the frozen baseline are those of a protocol that lies beside the data and is loaded by
its path; it needs pandas and scikit-learn. Nothing is chosen by what a test split says.

It prints tables and writes `build/bench/route.json`:

- `mmlu_gain_5fold`, `mmlu_gain_1500`, `mmlu_gain_leave_subject_out`: mean gain of APGR over the frozen
  baseline, and `*_positive`, the share of seeds with a gain. `mmlu_apgr_5fold`, `baseline_apgr_5fold`.
- `zeroeval_gain`, `mmlupro_gain`: mean accuracy over the static mixture at the same cost, over four budgets,
  and `*_gain_10` to `*_gain_75` with `*_worst_se`, the least gain in paired standard errors.
  `*_cost_share`: money spent as a share of the best single model's, mean of the budgets.
- `ood_lower_bound_*`: the least one-sided 95% bound over the budgets, groups of prompts left out.
  `fallback_*`, `fallback_ood_*`: the share of prompts that got the static mixture.
- `ece_above_floor`: expected calibration error less that of the same probabilities being true, the worse
  pool. `brier_*_se`: by how many paired standard errors the Brier score is below the training mean's.
- `decide_p99_ms`: a decision for 2,000 characters and 20 models by the gateway's own router, the worse of
  English and Chinese, by the clock of a quiet machine and the best of three rounds: a round that neighbours
  disturb tells of them and not of the program. `decide_cpu_p99_ms`: the same of the processor's time
  (`bench.route_decide`).
"""

import argparse
import sys
from pathlib import Path

from bench.figures import Bar, Figures
from bench.process import BenchError
from bench.python import ROOT
from bench.route_decide import measure_decisions
from bench.route_measure import measure_pool
from bench.route_pair import measure_pair
from bench.route_protocol import load_protocol
from bench.stand import say, write_figures

SHARED = ROOT.parent / "shared"
POOLS = (("zeroeval", "zeroeval"), ("mmlupro", "mmlu_pro"))
BARS = (
    Bar("mmlu_short_5fold", 0.0, "APGR below a gain of .008, MMLU in 5 folds"),
    Bar("mmlu_short_1500", 0.0, "APGR below a gain of .010, MMLU by 1,500 labels"),
    Bar("mmlu_short_leave_subject_out", 0.0, "APGR below a gain of .010, MMLU leaving subjects out"),
    Bar("mmlu_unsteady", 0.20, "share of seeds without a gain, the worst of the three"),
    Bar("pool_short", 0.0, "accuracy below a mean gain of .012, the worse pool"),
    Bar("pool_loss_se", 2.0, "paired standard errors below the static mixture, the worst budget"),
    Bar("ood_loss", 0.005, "accuracy lost out of domain at the lower bound, the worst budget"),
    Bar("ece_above_floor", 0.01, "calibration error above its floor"),
    Bar("brier_short_se", -2.0, "paired standard errors of the Brier score above the training mean's"),
    Bar("decide_p99_ms", 1.0, "ms for a decision at p99"),
)
MMLU_GAINS = (("5fold", 0.008), ("1500", 0.010), ("leave_subject_out", 0.010))


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0, 1 for a missed bar with `--enforce`, 2 where nothing was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.route", description="What routing gains.")
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder of the protocol and the data")
    parser.add_argument("--quick", action="store_true", help="few splits")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 on a missed bar")
    options = parser.parse_args(words)
    try:
        figures = measure(options.shared, options.quick)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    figures |= derive(figures)
    measured = [bar for bar in BARS if bar.figure in figures]
    for bar in measured:
        print(bar.line(figures))
    write_figures("route", figures)
    met = len(measured) == len(BARS) and all(bar.met(figures) for bar in BARS)
    return 1 if options.enforce and not met else 0


def measure(shared: Path, quick: bool) -> Figures:
    """Return all figures, printed as they come; raises BenchError."""
    protocol = load_protocol(shared / "bench" / "routing_protocol.py")
    data = shared / "data" / "routing"
    figures: Figures = {}
    for name, source in POOLS[: 1 if quick else None]:
        say(f"{name}: routing among many")
        figures |= measure_pool(protocol, getattr(protocol, source)(data), name, quick)
    say("mmlu: a strong model and a weak one")
    figures |= measure_pair(protocol, protocol.pair(data, "mmlu"), quick)
    say("a decision")
    taken = measure_decisions(*((100, 1_000) if quick else ()))
    for name, value in taken.items():
        print(f"{name:24} {value:10.3f}")
    return figures | {name: value for name, value in taken.items() if name.startswith("decide_")}


def derive(figures: Figures) -> Figures:
    """Return the figures that bars are set on, of what was measured: each is to be small."""
    found: Figures = {}
    gains = [(name, wanted) for name, wanted in MMLU_GAINS if f"mmlu_gain_{name}" in figures]
    for name, wanted in gains:
        found[f"mmlu_short_{name}"] = wanted - figures[f"mmlu_gain_{name}"]
    found["mmlu_unsteady"] = 1 - min(figures[f"mmlu_gain_{name}_positive"] for name, _ in gains)
    names = [name for name, _ in POOLS if f"{name}_gain" in figures]
    found["pool_short"] = 0.012 - min(figures[f"{name}_gain"] for name in names)
    found["pool_loss_se"] = -min(figures[f"{name}_worst_se"] for name in names)
    found["ood_loss"] = -min(figures[f"ood_lower_bound_{name}"] for name in names)
    found["ece_above_floor"] = max(figures[f"ece_above_floor_{name}"] for name in names)
    found["brier_short_se"] = -min(figures[f"brier_{name}_se"] for name in names)
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
