"""A worker's side of a spread run: slices are played through this process's own pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fen.evals.loading import load_jobs
from fen.evals.means import Means
from fen.evals.pace import Pace
from fen.evals.playing import Job
from fen.evals.purse import Purse
from fen.evals.run import Sitting
from fen.evals.spread import Errand, Share, Slice, describe_error, describe_jobs, place_of
from fen.evals.store import find_run
from fen.evals.suite import Suite
from fen.wire.errors import ConfigError, FenError, NotFound
from fen.wire.money import Money


class Player:
    """Plays slices of a run; made by `open_player`.

    Its calls count towards the run's budget in the books, with those of all other workers.
    """

    def __init__(self, errand: Errand, suites: Sequence[Suite], means: Means, jobs: Sequence[Job]) -> None:
        self._run = errand.run
        self._suites = suites
        self._means = means
        self._jobs = {place_of(job): job for job in jobs}
        self._pace = Pace(errand.concurrency)
        self._sittings: list[Sitting] = []
        self._told = Purse()
        self._stopped: FenError | None = None

    async def sit(self, jobs: Sequence[Job]) -> tuple[Sitting, Sequence[Job]]:
        """Read what is kept, and return who plays, with those of the jobs that have no record yet."""
        sitting = Sitting(self._run, self._means, self._pace)
        waiting = await sitting.open(self._suites, jobs)
        sitting.stopped = self._stopped
        self._sittings.append(sitting)
        return sitting, waiting

    async def play(self, piece: Slice) -> Share:
        """Play a slice; its records are in the database when this returns.

        One over which a worker died may be half done: what is kept is read anew before it.
        """
        jobs: Sequence[Job] = [self._jobs[place] for place in piece.places]
        played = self._sittings[0]
        if piece.lost:
            played, jobs = await self.sit(jobs)
        records = await played.play(jobs)
        await self._means.storage.check()  # and with it all that was queued before
        self._stopped = self._stopped or played.stopped
        return self._tell(len(piece.places) - len(jobs) + len(records))

    def stop(self) -> None:
        """Begin no further sample."""
        self._stopped = self._stopped or FenError("the run was stopped elsewhere")
        for sitting in self._sittings:
            sitting.stopped = sitting.stopped or self._stopped

    def _tell(self, done: int) -> Share:
        """Return a share with all that was not told yet."""
        total = Purse()
        faults = [fault for sitting in self._sittings for fault in sitting.faults]
        for sitting in self._sittings:
            spent = sitting.spent
            total.unknown += spent.unknown
            for currency, amount in spent.amounts.items():
                total.add(Money(amount, currency))
            sitting.faults.clear()
        told, self._told = self._told, total
        fresh = {name: amount - told.amounts.get(name, 0) for name, amount in total.amounts.items()}
        halt = None if self._stopped is None else describe_error(self._stopped)
        return Share(done, tuple(faults), fresh, total.unknown - told.unknown, halt)


async def open_player(errand: Errand, suites: Sequence[Suite], means: Means) -> Player:
    """Load a run's samples and what is kept of them.

    Raises ConfigError where this machine has other samples, or another database, than the one that deals.
    """
    try:
        await means.storage.read(partial(find_run, run_id=errand.run.id))
    except NotFound:
        raise ConfigError(
            f"a worker found no run {errand.run.id} in its database, expected the one of the command:"
            " on several machines FEN_DATABASE_URL names a PostgreSQL that all of them reach"
        ) from None
    jobs = await load_jobs(errand.run, suites, means.files)
    if describe_jobs(jobs) != errand.samples:
        raise ConfigError(
            "a worker found other samples than the command, expected the same Fen and the same files of the"
            " suites on each machine (--data, FEN_DATA)"
        )
    player = Player(errand, suites, means, jobs)
    await player.sit(())
    return player
