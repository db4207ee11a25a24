"""The arena, by settings: who plays, who may vote, and all that battles work with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import numpy as np

from fen.app.arena_tables import ArenaTable
from fen.app.build import App
from fen.app.fx import read_rates
from fen.app.guarding import read_secret
from fen.app.settings import EMBEDDED, Settings
from fen.arena.battle import Contender
from fen.arena.battles import Battles
from fen.arena.board import Mark
from fen.arena.boards import Boards
from fen.arena.boards import Setup as BoardSetup
from fen.arena.casting import Box, Judging, Slip
from fen.arena.editions import Editions
from fen.arena.identity import LeakFilter
from fen.arena.judging import VoteRules
from fen.arena.lineup import Hidden, Lineup
from fen.arena.live import LiveBoards
from fen.arena.means import Means, Setup
from fen.arena.prompt import read_prompt
from fen.arena.rating.counts import Counts
from fen.arena.register import Register, describe_entry
from fen.arena.relay import Rhythm
from fen.arena.reveal import describe_reveal, describe_vote, read_outcome
from fen.arena.round import Round
from fen.arena.standing import Rules
from fen.arena.store import ArenaStore, list_of_voter
from fen.arena.store.turns import TurnStore
from fen.arena.store.variants import VariantStore
from fen.arena.voters import Voters
from fen.catalogue import Catalogue
from fen.gateway import Caller, Reply
from fen.wire.errors import ConfigError
from fen.wire.request import Request

TAG = "arena"
"""What the books call the calls of battles."""

BUILT_IN = (
    Contender(f"{EMBEDDED}-cool", EMBEDDED, {"temperature": 0.2, "max_tokens": 512}),
    Contender(f"{EMBEDDED}-warm", EMBEDDED, {"temperature": 1.0, "max_tokens": 512}),
)
"""Who plays where the settings name nobody: the embedded model at two settings."""

_log = logging.getLogger("fen.app")


class Players(msgspec.Struct, frozen=True):
    """Who may meet now, in numbers.

    chosen: whether the settings name them. count: how many there are. sighted: how many may be shown images.
    """

    chosen: bool
    count: int
    sighted: int


class Arena:
    """Battles over an app; `setup` follows the app's settings when those are read again."""

    def __init__(self, app: App, rhythm: Rhythm) -> None:
        self._app = app
        self._made: tuple[Settings, Setup] | None = None
        self._refreshing = asyncio.Lock()
        self.register = Register(app.storage, VariantStore(app.storage))
        self.live = LiveBoards(app.storage)
        self.box = Box(app.storage, self.live)
        self.boards = Boards(app.storage, self.live, self._set_up_boards)
        self.editions = Editions(self.boards)
        self.voters = Voters(read_secret(app.settings))
        self.means = Means(
            storage=app.storage,
            store=ArenaStore(app.storage),
            turns=TurnStore(app.storage),
            register=self.register,
            ask=self._ask,
            setup=self.setup,
            counts=self.counts,
            draws=np.random.default_rng(),
            rhythm=rhythm,
        )
        self.battles = Battles(self.means)

    @property
    def table(self) -> ArenaTable:
        """What the settings of this moment say."""
        return self._app.settings.arena

    def setup(self) -> Setup:
        """Return who plays, and what would give them away; `refresh` comes first."""
        assert self._made is not None
        return self._made[1]

    async def refresh(self) -> None:
        """Follow the settings where they were read again; names of 100 models take 200 ms elsewhere.

        Raises ConfigError at the first time, for a codename under which another model was tested; later the
        arena then plays as before.
        """
        async with self._refreshing:
            settings, made = self._app.settings, self._made
            if made is not None and made[0] is settings:
                return
            try:
                await self.register.enlist(
                    {name: hidden.model for name, hidden in settings.arena.stealth.items()}
                )
            except ConfigError as error:
                if made is None:
                    raise
                _log.error("the arena plays as before: %s", error)
                self._made = (settings, made[1])
                return
            parts = self._app.pipeline.parts
            setup = await asyncio.to_thread(make_setup, settings.arena, parts.catalogue, parts.routes)
            self._made = (settings, setup)

    def counts(self) -> Counts:
        """Return the votes that count now."""
        return self.live.counts()

    async def count_players(self) -> Players:
        """Return how many may meet now; a battle needs two, one with images two that see."""
        await self.refresh()
        playing = self.setup().lineup.play(await self.register.read())
        chosen = bool(self.table.models or self.table.stealth)
        return Players(chosen, len(playing), sum(one.vision for one in playing))

    async def begin(self, voter: str, body: bytes) -> Round:
        """Return the first turn of a new battle; raises InvalidRequest."""
        await self.refresh()
        return await self.battles.begin(voter, read_prompt(body))

    async def go_on(self, voter: str, battle_id: str, body: bytes) -> Round:
        """Return a further turn; raises NotFound and InvalidRequest."""
        await self.refresh()
        return await self.battles.go_on(battle_id, voter, read_prompt(body))

    async def vote(self, voter: str, address: str, battle_id: str, body: bytes) -> dict[str, Any]:
        """Cast a vote and return the reveal; raises NotFound and InvalidRequest."""
        await self.refresh()
        outcome = read_outcome(body)
        battle = await self.battles.close(battle_id, voter)
        slip = Slip(battle_id, voter, outcome, self.voters.hash_address(address))
        judging = Judging(self.setup().leaks, make_rules(self.table))
        cast = await self.box.cast_on(battle, slip, self.means.now(), judging)
        return describe_reveal(battle, cast.kept, accepted=cast.accepted)

    async def list_votes(self, voter: str) -> list[dict[str, Any]]:
        """Return a voter's last votes, newest first."""
        found = await self._app.storage.read(lambda connection: list_of_voter(connection, voter))
        return [describe_vote(kept) for kept in found]

    async def list_register(self) -> list[dict[str, Any]]:
        """Return the public register of variants."""
        return [describe_entry(entry) for entry in await self.register.list()]

    async def run(self) -> None:
        """Follow what other processes write, and compare with the log every night, until cancelled."""
        await asyncio.gather(self.live.keep_up(), self.live.check_nightly())

    async def close(self) -> None:
        """End what is followed and studied in the background."""
        await self.editions.close()
        await self.boards.close()

    async def _set_up_boards(self) -> BoardSetup:
        await self.refresh()
        covered = self.setup().lineup.list_covered(await self.register.read())
        marks: dict[str, Mark] = {
            name: "preliminary" if show == "preliminary" else "hidden" for name, show in covered.items()
        }
        rules, table = Rules(anchor=self.table.anchor), self.table
        delay = max(BoardSetup().delay, table.delay_seconds)
        return BoardSetup(rules=rules, marks=marks, rates=read_rates(self._app.settings.fx), delay=delay)

    async def _ask(self, request: Request, caller: Caller) -> Reply:
        return await self._app.pipeline.answer(request, caller, tag=TAG)


async def open_arena(app: App, rhythm: Rhythm | None = None) -> Arena:
    """Return the arena, its codenames written into the register.

    Raises ConfigError for a model that the catalogue does not have, and for a codename under which another
    model was tested.
    """
    table = app.settings.arena
    _, missing = make_lineup(table, app.catalogue, app.pipeline.parts.routes)
    if missing:
        raise ConfigError(f"arena: found {missing[0]!r}, expected a model that `fen models` lists")
    arena = Arena(app, rhythm or Rhythm())
    await arena.refresh()
    await arena.live.catch_up()
    return arena


def make_setup(table: ArenaTable, catalogue: Catalogue, routes: Collection[str] = ()) -> Setup:
    """Return what battles need of the settings; logs models that the catalogue does not have."""
    lineup, missing = make_lineup(table, catalogue, routes)
    if missing:
        _log.error("the arena plays without %s: the catalogue has none of them", ", ".join(missing))
    return Setup(lineup, LeakFilter(lineup.make_roster()), table.max_tokens)


def make_rules(table: ArenaTable) -> VoteRules:
    """Return what a vote has to keep to."""
    return VoteRules(table.shown_seconds, table.votes_by_voter, table.votes_by_address, table.window_seconds)


def make_lineup(
    table: ArenaTable, catalogue: Catalogue, routes: Collection[str] = ()
) -> tuple[Lineup, list[str]]:
    """Return who plays, and the ids that are neither of the catalogue nor names of routes."""
    if not table.models and not table.stealth:
        return Lineup(BUILT_IN), []
    wanted = dict.fromkeys([*table.models, *(hidden.model for hidden in table.stealth.values())])
    cards = {model: catalogue.find(model) for model in wanted}
    sighted = {model for model, card in cards.items() if card and "vision" in (card.abilities or ())}
    aliases: Mapping[str, tuple[str, ...]] = {
        model: (card.name, *card.aliases) for model, card in cards.items() if card
    }

    def plays(model: str) -> bool:
        return cards[model] is not None or model in routes

    lineup = Lineup(
        open=tuple(Contender(id_, id_, vision=id_ in sighted) for id_ in table.models if plays(id_)),
        hidden=tuple(
            Hidden(name, hidden.model, hidden.show)
            for name, hidden in table.stealth.items()
            if plays(hidden.model)
        ),
        sighted=frozenset(sighted),
        aliases=aliases,
    )
    return lineup, [model for model in cards if not plays(model)]
