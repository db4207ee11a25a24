"""Spreading a run: what is told to worker processes, what they tell, and the port behind which they are.

`fen.evals.dispatch` deals slices of a run's samples out, `fen.evals.player` plays them in a worker. Samples
travel by name: each worker loads the suites itself, and says so where it finds others than who deals them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Protocol

import msgspec

from fen.evals.playing import Fault, Job
from fen.evals.record import Run
from fen.evals.store import Done
from fen.wire.errors import BudgetExceeded, ConfigError, FenError

_encode = msgspec.json.Encoder().encode


class WorkerLost(Exception):
    """A worker process is gone, or cannot be reached; what it had done is in the database."""


class Errand(msgspec.Struct, frozen=True):
    """What a worker has to know of a run.

    concurrency: its calls at once at most. samples: the fingerprint of all samples, by `describe_jobs`.
    """

    run: Run
    concurrency: int
    samples: str


class Slice(msgspec.Struct, frozen=True):
    """Samples that one worker plays; lost: so many workers died over it."""

    places: tuple[Done, ...]
    lost: int = 0


class Halt(msgspec.Struct, frozen=True):
    """Why a worker stopped the run; kind: which error it was, as far as that matters to who reads it."""

    message: str
    code: str | None = None
    kind: str = ""

    def to_error(self) -> FenError:
        """Return the error; one of a kind that is not known is a plain FenError."""
        for kind in (BudgetExceeded, ConfigError):
            if self.kind == kind.__name__:
                return kind(self.message, code=self.code)
        return FenError(self.message, code=self.code)


class Share(msgspec.Struct, frozen=True):
    """What came of a slice.

    done: samples with a record. spent, unknown: as in a Purse, since the worker's last share. halt: why it
    begins no further sample.
    """

    done: int
    faults: tuple[Fault, ...] = ()
    spent: Mapping[str, Decimal] = {}
    unknown: int = 0
    halt: Halt | None = None


class Hand(Protocol):
    """One worker that is open."""

    async def play(self, piece: Slice) -> Share:
        """Play a slice; its records are in the database then. Raises WorkerLost, and FenError."""
        ...

    async def stop(self) -> None:
        """Begin no further sample; whoever is under way may finish. Says nothing of a worker that is gone."""
        ...

    async def close(self) -> None:
        """End the worker, whatever it does; calls under way are cancelled, and settled as such."""
        ...


class Spread(Protocol):
    """Worker processes, on this machine or on many; workers: how many there may be."""

    workers: int

    async def hire(self, errand: Errand) -> Hand:
        """Open a worker; raises WorkerLost where it dies at once, and FenError where it cannot work."""
        ...


def describe_error(error: FenError) -> Halt:
    """Return an error as what may travel: exceptions lose their members on the way."""
    return Halt(error.message, error.code, type(error).__name__)


def place_of(job: Job) -> Done:
    """Return the name under which a job travels."""
    return job.suite.name, job.sample.id, job.epoch


def describe_jobs(jobs: Iterable[Job]) -> str:
    """Return a fingerprint of samples: 32 hex digits, others where any question or target differs."""
    digest = blake2b(digest_size=16)
    for job in jobs:
        digest.update(_encode((place_of(job), job.suite.version, job.suite.scorer, job.sample)))
    return digest.hexdigest()
