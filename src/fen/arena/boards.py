"""Boards for whoever asks: made anew when votes land, shared by all who look, studied in the background."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import UTC, datetime

import msgspec

from fen.arena.board import Board, Mark, Moment, make_board, make_style_board
from fen.arena.live import LiveBoards
from fen.arena.paying import NO_RATES
from fen.arena.standing import USUAL, Rules
from fen.arena.store.log import read_priced
from fen.arena.study import Study, study_part
from fen.arena.survey import Survey, take_survey
from fen.arena.tally import ALL
from fen.ledger import Fx
from fen.storage import Storage

_log = logging.getLogger("fen.arena")


class Setup(msgspec.Struct, frozen=True):
    """How boards are made now.

    marks: of models that are not public. rates: of exchange, for what answers cost. delay: seconds between
    two boards: a longer one keeps voters from seeing what a single vote did. rest: seconds between studies.
    """

    rules: Rules = USUAL
    marks: Mapping[str, Mark] = {}
    rates: Fx = NO_RATES
    delay: float = 1.0
    rest: float = 60.0


async def set_up() -> Setup:
    """Return the usual setup."""
    return Setup()


class _Shown(msgspec.Struct, frozen=True):
    board: Board
    at: float
    studied: int | None
    setup: Setup


class _Studied(msgspec.Struct, frozen=True):
    study: Study
    version: int
    at: float
    hidden: tuple[str, ...]


class Boards:
    """Makes boards over the live counts of a database.

    setup: returns how they are made now. clock: seconds.
    """

    def __init__(
        self,
        storage: Storage,
        live: LiveBoards,
        setup: Callable[[], Awaitable[Setup]] = set_up,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._live = live
        self._setup = setup
        self._now = clock
        self._shown: dict[tuple[str, bool], _Shown] = {}
        self._studied: dict[str, _Studied] = {}
        self._survey: tuple[int, Survey] | None = None
        self._making = asyncio.Lock()
        self._studying = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[Study]] = {}

    @property
    def categories(self) -> tuple[str, ...]:
        """The boards that have had a vote, `all` first."""
        return self._live.categories

    async def show(self, category: str = ALL, *, style: bool = False) -> Board:
        """Return a board; one younger than the delay is shown again.

        Its study may be of fewer votes, or not be there yet: one is begun then. A board without style waits
        for none.
        """
        setup = await self._setup()
        studied = self._find_study(category, setup)
        if style and studied is None:
            await self.study(category)
            studied = self._find_study(category, setup)
        async with self._making:
            kept = self._shown.get((category, style))
            last = None if studied is None else studied.study.last
            if kept is not None and self._is_fresh(kept, setup, last):
                return kept.board
            moment = self._look(category, setup)
            board = await asyncio.to_thread(_make, moment, None if studied is None else studied.study, style)
            self._shown[category, style] = _Shown(board, self._now(), last, setup)
            return board

    async def watch(
        self, category: str = ALL, *, style: bool = False, pause: float = 0.0
    ) -> AsyncGenerator[Board, None]:
        """Yield a board, then a new one whenever votes have landed.

        pause: seconds between two at least, beside the delay of the setup.
        """
        while True:
            board = await self.show(category, style=style)
            yield board
            if board.studied is None and board.votes:
                await self.study(category)
            else:
                await self._live.changed(board.version)
                setup = await self._setup()
                await asyncio.sleep(max(pause, setup.delay))

    async def study(self, category: str = ALL) -> Study:
        """Study a board as it is now, and return that; callers at the same time share one."""
        return await asyncio.shield(self._begin(category))

    async def close(self) -> None:
        """End what is studied in the background."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_fresh(self, kept: _Shown, setup: Setup, studied: int | None) -> bool:
        if (kept.setup.rules, kept.setup.marks) != (setup.rules, setup.marks):
            return False
        if self._now() - kept.at < setup.delay and (kept.studied is not None or studied is None):
            return True
        return kept.board.version == self._live.version and kept.studied == studied

    def _look(self, category: str, setup: Setup) -> Moment:
        return Moment(
            self._live.counts(category),
            datetime.now(UTC),
            self._live.version,
            self._live.last_vote,
            category,
            setup.rules,
            setup.marks,
        )

    def _find_study(self, category: str, setup: Setup) -> _Studied | None:
        """Return the last study of a board, and begin another where that is old; None for other models."""
        kept = self._studied.get(category)
        if kept is not None and kept.hidden != _list_hidden(setup):
            kept = None
        old = kept is None or (kept.version != self._live.version and self._now() - kept.at >= setup.rest)
        if old and category not in self._tasks and self._live.version:
            self._begin(category)
        return kept

    def _begin(self, category: str) -> asyncio.Task[Study]:
        """Return the study of a board that is under way, or that begins now."""
        task = self._tasks.get(category)
        if task is None:
            task = self._tasks[category] = asyncio.create_task(self._study(category))
            task.add_done_callback(lambda done: self._end(category, done))
        return task

    def _end(self, category: str, task: asyncio.Task[Study]) -> None:
        self._tasks.pop(category, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the board %s could not be studied", category, exc_info=error)

    async def _study(self, category: str) -> Study:
        setup = await self._setup()
        async with self._studying:
            version = self._live.version
            survey = await self._take_survey(version)
            hidden = _list_hidden(setup)
            study = await asyncio.to_thread(_study, survey, category, hidden, setup)
            self._studied[category] = _Studied(study, version, self._now(), hidden)
            return study

    async def _take_survey(self, version: int) -> Survey:
        if self._survey is None or self._survey[0] != version:
            survey = await self._storage.read(lambda connection: take_survey(read_priced(connection)))
            self._survey = (version, survey)
        return self._survey[1]


def _make(moment: Moment, study: Study | None, style: bool) -> Board:
    return make_style_board(moment, study) if style and study is not None else make_board(moment, study)


def _study(survey: Survey, category: str, hidden: tuple[str, ...], setup: Setup) -> Study:
    return study_part(survey.pick(category, hidden), survey.last, setup.rules, setup.rates)


def _list_hidden(setup: Setup) -> tuple[str, ...]:
    return tuple(sorted(name for name, mark in setup.marks.items() if mark == "hidden"))
