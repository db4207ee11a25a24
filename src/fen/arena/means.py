"""What battles work with: the pipeline, the database, who plays, and how many votes each pair has."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import numpy as np

from fen.arena.identity import LeakFilter
from fen.arena.lineup import Lineup
from fen.arena.listening import Ask
from fen.arena.rating.counts import Counts
from fen.arena.register import Register
from fen.arena.relay import Rhythm
from fen.arena.store import ArenaStore
from fen.arena.store.turns import TurnStore
from fen.storage import Storage


class Setup(msgspec.Struct, frozen=True):
    """What the settings say of battles, all of it of one moment. max_tokens: of each answer."""

    lineup: Lineup
    leaks: LeakFilter
    max_tokens: int | None = None


def read_clock() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class Means(msgspec.Struct, frozen=True):
    """The parts of battles.

    setup: of the settings that hold now. counts: the votes that count now. draws: chance for pairs.
    """

    storage: Storage
    store: ArenaStore
    turns: TurnStore
    register: Register
    ask: Ask
    setup: Callable[[], Setup]
    counts: Callable[[], Counts]
    draws: np.random.Generator
    rhythm: Rhythm = Rhythm()
    now: Callable[[], datetime] = read_clock


def make_holder() -> int:
    """Return who runs a turn: 62 bits by chance."""
    return random.SystemRandom().getrandbits(62)
