"""Where on the page a visitor is: all of it stands in the address, so that a link can be sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, cast
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from fen.evals.score import OUTCOMES
from fen.evals.store import Wanted

View = Literal["scores", "runs", "effort", "gap"]
VIEWS: tuple[View, ...] = ("scores", "runs", "effort", "gap")

MOST = 8
"""So many models are told apart by colour and mark; the tables have no more either."""

_LONGEST = 256
_LAST_PAGE = 1_000_000


class Place(msgspec.Struct, frozen=True):
    """What the address asks for.

    models: that are compared, or whose runs are listed. run, suite, sample, epoch, outcome: of a run's
    samples. page: of a list, from 1 on. behind, ahead: the two groups of a gap, on `suite`.
    """

    view: View = "scores"
    models: tuple[str, ...] = ()
    run: str | None = None
    suite: str | None = None
    sample: str | None = None
    epoch: int | None = None
    outcome: str | None = None
    page: int = 1
    behind: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()

    @property
    def wanted(self) -> Wanted:
        """Which of a run's records are listed."""
        return Wanted(suite=self.suite, outcome=self.outcome)

    def link(self, **changes: Any) -> str:
        """Return the address of this place with some of it changed."""
        other = replace(self, **changes)
        words: list[tuple[str, str]] = []
        for name in self.__struct_fields__:
            value = getattr(other, name)
            if value != getattr(_USUAL, name):
                several = cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,))
                words += [(_WORDS.get(name, name), str(one)) for one in several]
        return "/evals" + ("?" + urlencode(words) if words else "")


_USUAL = Place()
_WORDS = {"models": "model"}


def read_place(query: Iterable[tuple[str, str]]) -> Place:
    """Return the place of a query; what it does not know, or what is of no use, it leaves out."""
    given: dict[str, list[str]] = {}
    for name, value in query:
        if value and len(value) <= _LONGEST:
            given.setdefault(name, []).append(value)
    view = _last(given, "view")
    outcome = _last(given, "outcome")
    epoch = _number(_last(given, "epoch"))
    return Place(
        view=view if view in VIEWS else "scores",
        models=_several(given, "model"),
        run=_last(given, "run"),
        suite=_last(given, "suite"),
        sample=_last(given, "sample"),
        epoch=epoch,
        outcome=outcome if outcome in OUTCOMES else None,
        page=max(1, _number(_last(given, "page")) or 1),
        behind=_several(given, "behind"),
        ahead=_several(given, "ahead"),
    )


def _several(given: dict[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(given.get(name, ())))[:MOST]


def _last(given: dict[str, list[str]], name: str) -> str | None:
    return given[name][-1] if name in given else None


def _number(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:9]), _LAST_PAGE)
