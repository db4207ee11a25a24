"""Where a bench stands: its folder on the repository's disk, the load, and the mock upstreams."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.generator import Generator, started_generator
from bench.process import share_cores
from bench.python import ROOT
from bench.target import Ground, started_ground

OUTPUT = ROOT / "build" / "bench"


@contextmanager
def started_stand(purpose: str) -> Iterator[tuple[Generator, Ground]]:
    """Run the load process and both mocks for the length of the block, in a folder that goes with it."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    cores = share_cores(frozenset(os.sched_getaffinity(0)))
    with (
        tempfile.TemporaryDirectory(prefix=f"{purpose}-", dir=OUTPUT) as name,
        started_generator(ROOT, Path(name) / "load.log", cores.load) as load,
        started_ground(Path(name), cores) as ground,
    ):
        yield load, ground


def write_figures(name: str, figures: Mapping[str, float]) -> None:
    """Write figures to `build/bench/NAME.json`, one flat object, and say so."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    path = OUTPUT / f"{name}.json"
    rounded = {key: round(value, 4) for key, value in sorted(figures.items())}
    path.write_text(json.dumps(rounded, indent=2) + "\n")
    print(f"written: {path.relative_to(ROOT)}")


def say(what: str) -> None:
    """Tell what is measured now, to whoever waits."""
    print(f"... {what}", file=sys.stderr, flush=True)
