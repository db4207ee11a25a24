"""What the pages cost: time to first paint, bytes, and the memory of many open boards.

Run as `python -m bench.pages`; `--quick` takes small sizes, `--enforce` ends with status 1 on a missed bar.
`fen serve` is a process of its own with an arena of 20 models and 5,000 imported votes. `/` is loaded by
headless Chromium on loopback, each time with an empty cache and then with a full one. Then 200 pages of the
live board are opened by socket clients that do what NiceGUI's script does; votes are cast through the API,
one after another, and once by `fen arena import` in a process of its own; each page has to hear of each.

It prints a table and writes `build/bench/pages.json`: `first_paint_cold_ms`, `first_paint_warm_ms`,
`bytes_cold`, `bytes_warm`, `rss_mb` (before anybody looked), `pages_rss_mb` (all pages open, after the
votes), `update_p50_ms`, `update_p99_ms` (from the vote's request to a page; a second of it is the board's own
delay), `after_import_ms` (from the end of the command to the last page; below 0 where the page was first),
`cpu_ms_per_page_update`.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from bench.figures import Bar, Figures, percentile
from bench.pages_clients import Page, Voter
from bench.process import BenchError, Command, Process, clean_environment, free_port, started
from bench.python import ROOT, module
from bench.stand import OUTPUT, say, write_figures
from tests.browser.person import Person, has_browser

BARS = (Bar("pages_rss_mb", 1000.0, "MB of the server with all pages open (200 in a full run)"),)
SETTINGS = """
[arena]
models = ["left/one", "right/two"]
shown_seconds = 0
votes_by_address = 100000
"""
UPSTREAM = """
[upstreams.{name}]
base_url = "{base_url}"
[models."{name}/{model}"]
upstream = "{name}"
upstream_model = "{model}"
price = {{ input = "0.15", output = "0.60", currency = "USD" }}
"""
OUTCOMES = ("left", "right", "tie", "both_bad")
PATIENCE = 120.0
AT_ONCE = 20  # pages that are opened together


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0, 1 for a missed bar with `--enforce`, or 2 for no measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description="What pages cost.")
    parser.add_argument("--quick", action="store_true", help="20 pages, few votes, one load of each kind")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 on a missed bar")
    options = parser.parse_args(words)
    pages, votes, loads = (20, 3, 1) if options.quick else (200, 15, 5)
    try:
        with started_site() as (process, url, environment):
            figures = {"rss_mb": measure_memory(process)}
            figures |= measure_first_visit(url)
            if has_browser():
                figures |= measure_paint(url, loads)
            else:
                say("no chromium here: first paint is left out")
            figures |= asyncio.run(measure_boards(process, url, environment, (pages, votes)))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report(figures)
    return 1 if options.enforce and not all(bar.met(figures) for bar in BARS) else 0


@contextmanager
def started_site() -> Iterator[tuple[Process, str, Mapping[str, str]]]:
    """Run a streaming mock and `fen serve` over a home that has votes; yields process, URL, environment."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pages-", dir=OUTPUT) as name:
        home, mock_port, port = Path(name), free_port(), free_port()
        base = f"http://127.0.0.1:{mock_port}/5x10ms/v1"
        sides = (("left", "one"), ("right", "two"))
        tables = "".join(UPSTREAM.format(name=side, model=model, base_url=base) for side, model in sides)
        (home / "fen.toml").write_text(tables + SETTINGS)
        environment = {"FEN_HOME": name, "FEN_OFFLINE": "1", "FEN_CONFIG": str(home / "fen.toml")}
        import_votes(environment, home / "votes.jsonl", 5000, 1)
        words = ["-m", "fen", "serve", "--host", "127.0.0.1", "--port", str(port)]
        serve = Command([sys.executable, *words], ROOT, home / "serve.log", environment)
        with (
            started(module("bench.mock_stream", str(mock_port), log=home / "mock.log")) as mock,
            started(serve) as process,
        ):
            mock.wait_for_port(mock_port)
            process.wait_for_port(port)
            time.sleep(1.0)  # what is loaded after the port has opened
            yield process, f"http://127.0.0.1:{port}", environment


def import_votes(environment: Mapping[str, str], file: Path, votes: int, seed: int) -> None:
    """Take synthetic votes in, by the command line."""
    simulate = ["--models", "20", "--votes", str(votes), "--voters", "200", "--seed", str(seed)]
    ask(environment, "arena", "simulate", str(file), *simulate)
    ask(environment, "arena", "import", str(file))


def ask(environment: Mapping[str, str], *words: str) -> Any:
    """Run a command of Fen and return its JSON; raises BenchError."""
    argv = [sys.executable, "-m", "fen", *words, "--json"]
    settled = clean_environment(os.environ) | dict(environment)
    done = subprocess.run(argv, cwd=ROOT, env=settled, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"fen {' '.join(words)} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def measure_first_visit(url: str) -> Figures:
    """Return how long the first answer takes, which loads what pages need."""
    say("the first visit")

    async def visit() -> float:
        async with aiohttp.ClientSession() as http:
            began = time.monotonic()
            async with http.get(url + "/") as answer:
                await answer.read()
            return time.monotonic() - began

    return {"first_visit_s": asyncio.run(visit())}


def measure_paint(url: str, loads: int) -> Figures:
    """Return medians of time to first contentful paint of `/`, and of bytes, by the browser's own figures."""
    found: dict[str, list[tuple[float, float]]] = {"cold": [], "warm": []}
    for number in range(loads):
        say(f"first paint, {number + 1} of {loads}")
        person = Person(url)
        try:
            for taken in found.values():
                person.open("/")
                taken.append(read_paint(person))
        finally:
            person.leave()
    return {
        f"{name}_{kind}{unit}": median(one[at] for one in found[kind])
        for kind in found
        for at, (name, unit) in enumerate((("first_paint", "_ms"), ("bytes", "")))
    }


def read_paint(person: Person) -> tuple[float, float]:
    """Return milliseconds to the first contentful paint, and bytes of everything that was sent."""
    painted = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    at = person.until(lambda: person.run(painted), PATIENCE)
    sizes = person.run(
        "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    return float(at), float(sizes)


async def measure_boards(
    process: Process, url: str, environment: Mapping[str, str], sizes: tuple[int, int]
) -> Figures:
    """Return what open pages of the live board take, and how soon they hear of votes."""
    count, votes = sizes
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        pages = [Page(url) for _ in range(count)]
        before = measure_memory(process)
        say(f"{count} pages")
        for at in range(0, count, AT_ONCE):
            await asyncio.gather(*(page.open(http) for page in pages[at : at + AT_ONCE]))
        opened = measure_memory(process)
        try:
            figures = await measure_votes(process, Voter(url, http), pages, votes)
            figures |= await measure_import(Voter(url, http), pages, environment)
            figures |= {"pages_rss_mb": measure_memory(process)}
        finally:
            await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
    apart = (opened - before) / count
    return figures | {"pages": float(count), "opened_rss_mb": opened, "rss_mb_per_page": apart}


async def measure_votes(process: Process, voter: Voter, pages: Sequence[Page], votes: int) -> Figures:
    """Cast votes one after another, and wait each time until all pages have heard."""
    took, spent = list[float](), 0.0
    known = await voter.count()
    for number in range(votes):
        say(f"vote {number + 1} of {votes}")
        battle, token = await voter.begin()
        used, began = process.cpu().own, time.monotonic()
        await voter.vote(battle, token, OUTCOMES[number % len(OUTCOMES)])
        known += 1
        heard = await asyncio.gather(*(page.hear(known, PATIENCE) for page in pages))
        took += [at - began for at in heard]
        spent += process.cpu().own - used
    return {
        "update_p50_ms": percentile(took, 0.5) * 1e3,
        "update_p99_ms": percentile(took, 0.99) * 1e3,
        "updates_heard": float(len(took)),
        "cpu_ms_per_page_update": spent * 1e3 / len(took),
    }


async def measure_import(voter: Voter, pages: Sequence[Page], environment: Mapping[str, str]) -> Figures:
    """Take votes in by another process; return how long after its end the last page has heard.

    Below 0 where that was before the command had ended.
    """
    say("votes of another process")
    known = await voter.count()
    file = Path(environment["FEN_HOME"]) / "more.jsonl"
    await asyncio.to_thread(import_votes, environment, file, 50, 1)
    ended = time.monotonic()
    heard = await asyncio.gather(*(page.hear(known + 50, PATIENCE) for page in pages))
    return {"after_import_ms": (max(heard) - ended) * 1e3}


def measure_memory(process: Process) -> float:
    """Return resident megabytes of the server and its children."""
    memory = process.memory()
    return (memory.own + memory.children) / 1e6


def report(figures: Figures) -> None:
    """Print the figures and the bars, and write them."""
    for name, value in figures.items():
        print(f"{name:24} {value:14,.1f}")
    for bar in BARS:
        print(bar.line(figures))
    write_figures("pages", figures)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
