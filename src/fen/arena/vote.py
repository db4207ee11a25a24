"""A vote: what a voter said of a battle, and why it does not count where it does not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from fen.arena.ballots import Outcome

VoidReason = Literal["identity_leak", "identity_probe", "too_many", "too_soon", "outlier", "withdrawn"]
"""`identity_leak`: an answer said who wrote it. `identity_probe`: the prompt asked for that. `too_many`: over
the caps of a voter or an address. `too_soon`: before both answers were shown long enough. `outlier`: the
voter's votes are not those of a person who reads. `withdrawn`: by an administrator, with a note."""


class Vote(msgspec.Struct, frozen=True):
    """One vote; the log of them only grows.

    void: the reasons for which it does not count; none for one that counts. flags: what was noticed and does
    not spoil it, such as a mention of a vendor. rules: the version of the rules that judged it. categories:
    the boards that it counts on, beside the one of all. style: by name, the left answer's less the right's.
    """

    battle: str
    voter: str
    outcome: Outcome
    at: datetime
    void: tuple[VoidReason, ...] = ()
    flags: tuple[str, ...] = ()
    rules: int = 1
    categories: tuple[str, ...] = ()
    style: dict[str, float] = {}
    note: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is on the board."""
        return not self.void


class Verdict(msgspec.Struct, frozen=True):
    """What became of a vote after it was cast: by new rules, a look at its voter, or an administrator.

    Takes the place of what the vote was judged as; one without reasons makes it count. by: `rules`, `audit`,
    or the id of the key of an administrator.
    """

    at: datetime
    void: tuple[VoidReason, ...] = ()
    flags: tuple[str, ...] = ()
    rules: int = 1
    by: str = "rules"
    note: str = ""

    def apply(self, vote: Vote) -> Vote:
        """Return the vote as it holds from now on."""
        return msgspec.structs.replace(
            vote, void=self.void, flags=self.flags, rules=self.rules, note=self.note or vote.note
        )
