"""`make bench-stages`: what each stage that limits or keeps adds to a whole answer's CPU.

Run as `python -m bench.stages`; `--quick` takes small sizes. One Fen serves keys that go through one stage
more than the plain key each, in many short rounds that take turns. A figure is the median of its rounds less
the plain key's, in microseconds of CPU for each call (user and system, from `/proc`). Everything is
checked as in `bench.gateway`. It prints a table and writes `build/bench/stages.json`.
"""

import argparse
import sys

from bench.fen_target import BUDGET, LIMITED, PLAIN, RATES, SLOTS, Outfit, started_fens
from bench.generator import Generator
from bench.measure import FULL, QUICK, Measurement, Sizes
from bench.process import BenchError
from bench.stand import started_stand, write_figures
from bench.target import Ground

LEAKS = 'mode = "enforce"\nleaks = "withhold"\nsystem = true\n'
TIER_BUDGET = 'budget = "1000000USD/day"\n'

STAGES = (
    (Outfit("rates", RATES), "rates of requests and of tokens"),
    (Outfit("slots", SLOTS), "a limit of concurrent requests"),
    (Outfit("budget", words=BUDGET), "a key's budget"),
    (Outfit("budgets", TIER_BUDGET, BUDGET), "a key's budget and its tier's"),
    (Outfit("markup", 'markup = "1.2"\n'), "a mark-up"),
    (Outfit("sheet", "introduce = true\n"), "the fact sheet of self-knowledge"),
    (Outfit("guard", guard='mode = "enforce"\n'), "the guard, where no text lacks authority"),
    (Outfit("leaks", guard=LEAKS), "the guard, and an answer that is searched for the system prompt"),
    (LIMITED, "rates, concurrency and a budget together"),
)
_CPU = "cpu_us_per_request"


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0, or 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description="What each stage adds.")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    options = parser.parse_args(words)
    try:
        with started_stand("stages") as (load, ground):
            found = measure(ground, load, QUICK if options.quick else FULL)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report(found)
    return 0


def measure(ground: Ground, load: Generator, sizes: Sizes) -> dict[str, float]:
    """Return what the plain key costs as `plain_us`, and what each stage adds as `NAME_added_us`."""
    measurement = Measurement(load, sizes)
    with started_fens(ground, (PLAIN, *(outfit for outfit, _ in STAGES))) as targets:
        for target in targets:
            measurement.warm(target)
        figures = measurement.whole(targets)
        for target in targets:
            measurement.close(target)
    plain = figures[f"{PLAIN.name}_{_CPU}"]
    added = {f"{outfit.name}_added_us": figures[f"{outfit.name}_{_CPU}"] - plain for outfit, _ in STAGES}
    return {"plain_us": plain} | added


def report(found: dict[str, float]) -> None:
    """Print a line for each stage, and write the figures."""
    print(f"a key without limits: {found['plain_us']:.0f} us of CPU a call; on top of it:")
    for outfit, meaning in STAGES:
        print(f"{found[f'{outfit.name}_added_us']:5.0f} us  {meaning}")
    write_figures("stages", found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
