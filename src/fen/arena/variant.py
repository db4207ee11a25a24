"""A variant: a model that met others under a codename, and stays in a public register for good.

Who tests many variants in private and shows the best one climbs a board without being better; a register of
all that were ever tested, with their exposure, makes that visible. Source: Singh et al. 2025, "The
Leaderboard Illusion".
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Show = Literal["never", "preliminary"]
"""Whether a hidden model stands on the public board before it is revealed."""

Status = Literal["testing", "revealed", "retired"]


class Variant(msgspec.Struct, frozen=True):
    """A codename's entry. model: what is behind it, told once it is revealed. why: it was retired."""

    name: str
    model: str
    added: datetime
    revealed: datetime | None = None
    retired: datetime | None = None
    why: str = ""

    @property
    def status(self) -> Status:
        """What became of it."""
        if self.revealed is not None:
            return "revealed"
        return "testing" if self.retired is None else "retired"


class Exposure(msgspec.Struct, frozen=True):
    """How often a variant was met: battles, votes, and when the first and the last battle began."""

    battles: int = 0
    votes: int = 0
    first: datetime | None = None
    last: datetime | None = None
