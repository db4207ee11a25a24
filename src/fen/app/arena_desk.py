"""The arena's desk: what is kept of it, for commands that run beside a server and ask no model."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

from fen.app.database import open_database
from fen.app.fx import read_rates
from fen.app.settings import Settings, make_home
from fen.arena.board import Board, Mark
from fen.arena.boards import Boards, Setup
from fen.arena.live import LiveBoards
from fen.arena.register import Register
from fen.arena.standing import Rules
from fen.arena.store.log import read_priced
from fen.arena.store.variants import VariantStore
from fen.arena.survey import Survey, take_survey
from fen.storage import Storage
from fen.wire.errors import NotFound


class Desk:
    """An arena's database, and what is read out of it."""

    def __init__(self, settings: Settings, storage: Storage) -> None:
        self.settings = settings
        self.storage = storage
        self.register = Register(storage, VariantStore(storage))
        self.live = LiveBoards(storage)

    async def make_board(self, category: str, *, style: bool, everything: bool) -> Board:
        """Return a board as it is now, studied.

        everything: whether hidden models are on it too. Raises NotFound for a category that has had no vote,
        and ConfigError for an anchor that the board does not have.
        """
        await self.live.catch_up()
        known = self.live.categories
        if category not in known:
            raise NotFound(f"category: found votes in {', '.join(known)}, expected {category[:64]!r}")
        marks = {} if everything else await self.find_marks()
        setup = Setup(Rules(self.settings.arena.anchor), marks, read_rates(self.settings.fx))

        async def set_up() -> Setup:
            return setup

        boards = Boards(self.storage, self.live, set_up)
        try:
            await boards.study(category)
            return await boards.show(category, style=style)
        finally:
            await boards.close()

    async def find_marks(self) -> dict[str, Mark]:
        """Return how the public board treats codenames: all that were ever tested are left off.

        One under test may be shown as preliminary, where the settings say so.
        """
        stealth = self.settings.arena.stealth
        marks: dict[str, Mark] = {}
        for entry in await self.register.list():
            name, status = entry.variant.name, entry.variant.status
            shown = status == "testing" and name in stealth and stealth[name].show == "preliminary"
            marks[name] = "preliminary" if shown else "hidden"
        return marks

    async def survey(self) -> Survey:
        """Return all votes that count, as columns."""
        return await self.storage.read(lambda connection: take_survey(read_priced(connection)))


@contextlib.asynccontextmanager
async def open_desk(settings: Settings) -> AsyncGenerator[Desk, None]:
    """Open the database; raises ConfigError."""
    make_home(settings)
    storage = await open_database(settings.database_url)
    try:
        yield Desk(settings, storage)
    finally:
        await storage.close()
