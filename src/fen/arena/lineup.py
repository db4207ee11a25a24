"""The lineup: who is in the arena, which of them are hidden, and by what an answer could give one away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from fen.arena.battle import Contender
from fen.arena.identity import Roster, make_roster
from fen.arena.variant import Show, Variant
from fen.wire.errors import InvalidRequest


class Hidden(msgspec.Struct, frozen=True):
    """An unreleased model under a codename. show: whether it stands on the public board meanwhile."""

    name: str
    model: str
    show: Show = "never"


class Lineup(msgspec.Struct, frozen=True):
    """Who may meet.

    open: contenders under their own names. hidden: those under codenames. sighted: ids of models that may be
    shown images. aliases: further names of models, by id.
    """

    open: tuple[Contender, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    sighted: frozenset[str] = frozenset()
    aliases: Mapping[str, Sequence[str]] = {}

    def play(self, register: Mapping[str, Variant]) -> tuple[Contender, ...]:
        """Return who plays now, by what the register says of each codename.

        A revealed model plays under its own name, a retired one not at all.
        """
        playing = list(self.open)
        names = {one.name for one in playing}
        for one in self.hidden:
            variant = register.get(one.name)
            sees = one.model in self.sighted
            if variant is None or variant.status == "testing":
                playing.append(Contender(one.name, one.model, vision=sees, stealth=True))
            elif variant.revealed is not None and one.model not in names:
                names.add(one.model)
                playing.append(Contender(one.model, one.model, vision=sees))
        return tuple(playing)

    def find(self, name: str) -> Contender | None:
        """Return whoever stands under a name of a battle, a variant too that is gone by now."""
        return next((one for one in self._list_all() if one.name == name), None)

    def list_covered(self, register: Mapping[str, Variant]) -> Mapping[str, Show]:
        """Return the codenames that the public board treats apart, and how: all that were ever tested.

        One that is tested no more is left off for good; the register tells of it.
        """
        covered: dict[str, Show] = dict.fromkeys(register, "never")
        testing = {name for name, variant in register.items() if variant.status == "testing"}
        covered.update({one.name: one.show for one in self.hidden if one.name in testing})
        return covered

    def make_roster(self) -> Roster:
        """Return every name that could give one of them away, the real ones of hidden models too."""
        models = {one.model for one in self._list_all()}
        return make_roster(sorted(models), aliases=self.aliases, codenames=[one.name for one in self.hidden])

    def _list_all(self) -> list[Contender]:
        covered = [
            Contender(one.name, one.model, vision=one.model in self.sighted, stealth=True)
            for one in self.hidden
        ]
        bare = [Contender(one.model, one.model, vision=one.model in self.sighted) for one in self.hidden]
        return [*self.open, *covered, *bare]


def pick_playing(playing: Collection[Contender], *, images: bool) -> list[str]:
    """Return the names of those who may meet; raises InvalidRequest for fewer than two."""
    names = [one.name for one in playing if one.vision or not images]
    if len(names) < 2:
        what = "with images" if images else "in the arena"
        raise InvalidRequest(
            f"prompt: found {len(names)} models {what}, expected two or more", code="too_few_models"
        )
    return names
