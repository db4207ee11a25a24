"""The samples of a run, in the order in which they are played, and what each may cost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from fen.evals.asking import Line, make_budgets
from fen.evals.choose import choose_samples
from fen.evals.estimate import Planned
from fen.evals.key import make_key, write_body
from fen.evals.means import Means
from fen.evals.patience import is_hopeless
from fen.evals.playing import Job
from fen.evals.record import Run
from fen.evals.suite import Files, Suite
from fen.gateway import Caller
from fen.gateway.quote import Quote
from fen.wire.errors import ConfigError, FenError
from fen.wire.money import Money
from fen.wire.request import parse_request

CALLER = Caller(inside=True, single=True, pinned=True)
_ZERO = Decimal(0)
_UNBUDGETED = frozenset({"unpriced_model", "unbounded_output", "no_exchange_rate"})
"""Codes of calls that no budget can count."""


async def load_jobs(run: Run, suites: Sequence[Suite], files: Files) -> list[Job]:
    """Return the run's samples, each as often as it has epochs.

    Their order is that of the files, since neighbours often share their beginning, which upstreams read once.
    Within a budget it is the one in which they were drawn, all suites side by side: where the money ends
    early, what was played is a fair sample. Raises ConfigError.
    """
    options = _split_options(run, suites)
    jobs: list[Job] = []
    for suite in suites:
        if suite.needs_judge and run.judge is None:
            raise ConfigError(
                f"suite {suite.name}: found no judge, expected --judge MODEL: a model scores it"
            )
        jobs += await asyncio.to_thread(_load, run, suite, options[suite.name], files)
    if run.budget is not None:
        jobs.sort(key=lambda job: job.rank)
    return jobs


class Prices:
    """What the first calls of a run's samples may cost; each is looked at once."""

    def __init__(self, run: Run, means: Means, lines: Mapping[str, Line]) -> None:
        self._run = run
        self._means = means
        self._lines = lines
        self._quotes: dict[tuple[str, str], Quote | None] = {}

    def plan(self, jobs: Sequence[Job]) -> list[Planned]:
        """Return what each job's first call may cost, those left out whose answer is kept.

        Raises ConfigError where a budget cannot be kept, and FenError where no call would be answered.
        """
        planned: list[Planned] = []
        for job in jobs:
            suite, place = job.suite.name, (job.suite.name, job.sample.id)
            line = self._lines[suite]
            if line.kept or place not in self._quotes:
                data = write_body(self._run.model, job.sample.to_body(), timed=False)
                if make_key(line.pool, data, job.epoch, timed=False, continued=False) in line.kept:
                    continue
                if place not in self._quotes:
                    self._quotes[place] = _quote(self._run, data, self._means)
            planned.append(Planned(suite, self._quotes[place]))
        return planned


def find_nothing(run: Run, model: str, means: Means) -> Money | None:
    """Return no money in the currency of a model's price; None where that is not known.

    Raises ConfigError where a budget cannot be kept, and FenError where the model cannot be asked.
    """
    body = {"messages": [{"role": "user", "content": "?"}], "max_tokens": 1}
    found = _quote(run, write_body(model, body, timed=False), means)
    return None if found is None or found.rates is None else Money(_ZERO, found.rates.currency)


def _load(run: Run, suite: Suite, options: Mapping[str, str], files: Files) -> list[Job]:
    samples = list(suite.load(files, options))
    places = {sample.id: place for place, sample in enumerate(samples)}
    if len(places) < len(samples):
        raise ConfigError(f"suite {suite.name}: found several samples of one id, expected ids of their own")
    chosen = choose_samples(samples, run.limit, run.seed)
    ranks = {sample.id: (number + 0.5) / len(chosen) for number, sample in enumerate(chosen)}
    chosen.sort(key=lambda sample: places[sample.id])
    return [Job(suite, sample, epoch, ranks[sample.id]) for sample in chosen for epoch in range(run.epochs)]


def _split_options(run: Run, suites: Sequence[Suite]) -> dict[str, dict[str, str]]:
    """Return each suite's options; raises ConfigError for one that no suite has."""
    found = {suite.name: dict(suite.options) for suite in suites}
    for name, value in run.options.items():
        suite, _, option = name.partition(".")
        if suite not in found:
            raise ConfigError(f"--set {name}: found the suite {suite!r}, expected one of {', '.join(found)}")
        if option not in found[suite]:
            known = ", ".join(found[suite]) or "none: it has no options"
            raise ConfigError(f"--set {name}: found the option {option!r}, expected one of {known}")
        found[suite][option] = value
    return found


def _quote(run: Run, data: bytes, means: Means) -> Quote | None:
    """Return what a call may cost; None where the pipeline would refuse it alone.

    Raises ConfigError where a budget cannot be kept, and FenError for what would meet every other call too.
    """
    caller = replace(CALLER, budgets=make_budgets(run))
    try:
        return means.quote(parse_request("openai.chat", data), caller)
    except FenError as error:
        if error.code in _UNBUDGETED:
            raise ConfigError(f"--budget: {error.message}") from None
        if is_hopeless(error):
            raise
        return None  # the sample will say so itself
