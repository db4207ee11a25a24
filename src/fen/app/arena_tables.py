"""`[arena]` of `fen.toml`, and `[arena.stealth.CODENAME]` in it.

It knows nothing of the arena itself, whose libraries are loaded where one is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Pause = Annotated[float, msgspec.Meta(ge=0, le=7 * 24 * 3600)]
Window = Annotated[float, msgspec.Meta(gt=0, le=7 * 24 * 3600)]


class StealthTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[arena.stealth.CODENAME]`: the model behind a codename, and whether the public board shows it."""

    model: str
    show: Literal["never", "preliminary"] = "never"


class ArenaTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[arena]`: who plays, and what a vote has to keep to.

    models: ids; without any, and without stealth, the embedded model plays against itself. anchor: the model
    that stands at the height of the display scale. max_tokens: of each answer. shown_seconds, votes_by_voter,
    votes_by_address, window_seconds: as fen.arena.judging.VoteRules has them. delay_seconds: how long a vote
    counts before the public board shows it.
    """

    models: list[str] = []
    stealth: Mapping[str, StealthTable] = {}
    anchor: str | None = None
    max_tokens: Count = 4096
    shown_seconds: Pause = 3.0
    votes_by_voter: Count = 60
    votes_by_address: Count = 180
    window_seconds: Window = 3600.0
    delay_seconds: Pause = 0.0
