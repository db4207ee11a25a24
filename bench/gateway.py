"""`make bench`: what one request costs in Fen, beside a plain proxy, a bare forwarder and LiteLLM.

Run as `python -m bench.gateway`; `--quick` takes small sizes, `--litellm` installs LiteLLM's proxy in a venv
of its own first (`--no-litellm` leaves it out even where it is installed), `--enforce` ends with status 1 on
a missed bar. Everything is measured in one run on one machine, with a key, holds and the ledger on, against
mock upstreams that run apart (nginx for whole answers, `bench.mock_stream` for streams). Every answer is
checked, and the requests in Fen's ledger have to be as many as were sent; otherwise there are no figures.

It prints a table and writes `build/bench/gateway.json`, one flat object. The gateways are measured in many
short rounds that take turns, in another order each time; a figure is the median of the rounds, with `*_least`
and `*_most` beside it. For each of `fen`, `fen_limited` (a key of the same process with a budget, in a tier
with rates of requests and tokens and a limit of concurrent requests), `fen_guarded` (another key of it, with
the guard on, whose calls carry 400 characters that a tool returned), `nginx` (one worker, kept connections),
`bare` (`bench.forwarder`) and `litellm`:

- `*_cpu_us_per_request`: user and system CPU of the process with all its threads, from `/proc`
  (nginx: its worker), per whole answer at 32 kept connections. Work that a gateway puts off for up to half a
  second is counted.
- `*_children_cpu_us_per_request`: the same of its child processes, apart.
- `*_requests_per_second`: whole answers per second of those rounds.
- `*_added_p50_ms`, `*_added_p99_ms`: latency at 4 kept connections, less that of the mock called directly
  (`direct_p50_ms`, `direct_p99_ms`) in the same round.
- `*_cpu_us_per_chunk`: CPU per event of 100 streams at once, one event per TCP write, 20 ms apart.
- `*_events_per_read`: events that one socket read of the client finds; 1 means that nothing is coalesced.
- `*_rss_mb_per_1000_streams`: growth of resident memory of a freshly started process by 1,000 open streams
  that show an event a second (`--quick`: 300; LiteLLM: 50; both scaled), from `*_rss_mb` before them.

LiteLLM gets smaller loads than the others, at 8 kept connections (`bench.measure.SLOW`), and comes last.

The bars: `fen_over_nginx` (stretch 6) and `fen_limited_over_nginx` at most 9, `fen_over_bare_chunk` at most
2, and `fen_guarded_above_us`, a guarded call less 9 times nginx's, at most the 300 us that the guard may take
for 400 characters.
"""

import argparse
import os
import sys
from contextlib import ExitStack

from bench.fen_target import GUARDED, LIMITED, PLAIN, started_fen, started_fens
from bench.figures import BARS, STRETCH, Figures, ratios, table
from bench.generator import Generator
from bench.litellm_target import install, installed, started_litellm
from bench.measure import FULL, QUICK, SLOW, Measurement, Sizes
from bench.process import BenchError
from bench.stand import say, started_stand, write_figures
from bench.target import Ground, Target, direct_target, started_forwarder, started_proxy

NAMES = ("fen", "fen_limited", "fen_guarded", "nginx", "bare", "litellm")


def main(words: list[str]) -> int:
    """Measure, print, write.

    Returns 0, 1 for a missed bar with `--enforce`, or 2 where nothing could be measured.
    """
    options = parse(words)
    try:
        figures = run(options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report(figures)
    return 1 if options.enforce and not all(bar.met(figures) for bar in BARS) else 0


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.gateway", description="What one request costs in Fen."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, in less than a minute")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 on a missed bar")
    parser.add_argument(
        "--litellm",
        action=argparse.BooleanOptionalAction,
        help="install LiteLLM's proxy for the comparison, or leave it out; by default used where installed",
    )
    return parser.parse_args(words)


def run(options: argparse.Namespace) -> Figures:
    """Start everything in a folder of its own on the repository's disk, and measure it."""
    if options.litellm:
        install()
    with_litellm = installed() if options.litellm is None else options.litellm
    with started_stand("gateway") as (load, ground):
        figures = measure_all(ground, load, QUICK if options.quick else FULL)
        if with_litellm:
            figures |= measure_litellm(ground, load)
    figures |= ratios(figures)
    return figures | {"cores": float(os.cpu_count() or 0)}


def measure_all(ground: Ground, load: Generator, sizes: Sizes) -> Figures:
    """Fen, nginx and the bare forwarder side by side, then each afresh for its memory."""
    measurement = Measurement(load, sizes)
    with ExitStack() as stack:
        targets = stack.enter_context(started_fens(ground, (PLAIN, LIMITED, GUARDED)))
        targets += [stack.enter_context(start(ground)) for start in (started_proxy, started_forwarder)]
        figures = compare(measurement, targets, ground)
    for start in (started_fen, started_proxy, started_forwarder):
        say(f"memory of {sizes.open_streams} open streams: {start.__name__.removeprefix('started_')}")
        figures |= measurement.memory(start, ground)
    return figures


def measure_litellm(ground: Ground, load: Generator) -> Figures:
    """LiteLLM's proxy alone and at small sizes."""
    measurement = Measurement(load, SLOW)
    with started_litellm(ground) as target:
        figures = compare(measurement, [target], ground)
    say(f"memory of {SLOW.open_streams} open streams: litellm")
    figures |= measurement.memory(started_litellm, ground)
    return {key: value for key, value in figures.items() if key.startswith("litellm_")}


def compare(measurement: Measurement, targets: list[Target], ground: Ground) -> Figures:
    """CPU and latency of started gateways, and their books at the end."""
    names = ", ".join(target.name for target in targets)
    for target in targets:
        measurement.warm(target)
    say(f"whole answers: {names}")
    figures = measurement.whole(targets)
    say(f"latency: {names}")
    figures |= measurement.latency(targets, direct_target(ground))
    say(f"streams: {names}")
    figures |= measurement.streams(targets)
    for target in targets:
        figures |= measurement.close(target)
    return figures


def report(figures: Figures) -> None:
    """Print the table and the bars, and write the figures."""
    print(table(figures, NAMES))
    for bar in (*BARS, STRETCH):
        print(bar.line(figures))
    write_figures("gateway", figures)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
