"""Parts that stay open over a change of the configuration, as long as it plans them as before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What can be closed."""

    async def close(self) -> None:
        """Let go of it."""
        ...


P = TypeVar("P")
C = TypeVar("C", bound=Closable)


class Opened(Generic[P, C]):
    """Open parts by name, each with the plan that it was opened by."""

    def __init__(self) -> None:
        self._plans: dict[str, P] = {}
        self._open: dict[str, C] = {}
        self._retired: list[C] = []

    def prepare(self, plans: Mapping[str, P], open_one: Callable[[str, P], C]) -> dict[str, C]:
        """Return what plans ask for, opening what is new; nothing has changed before `adopt`."""
        return {
            name: self._open[name] if self._plans.get(name) == plan else open_one(name, plan)
            for name, plan in plans.items()
        }

    def adopt(self, plans: Mapping[str, P], fresh: Mapping[str, C]) -> None:
        """Take what was prepared; what is gone stays open for its running calls until the end."""
        kept = set(map(id, fresh.values()))
        self._retired += [part for part in self._open.values() if id(part) not in kept]
        self._open, self._plans = dict(fresh), dict(plans)

    def table(self) -> Mapping[str, C]:
        """Return the parts by name."""
        return dict(self._open)

    def list_all(self) -> Sequence[C]:
        """Return all that are open, those of earlier plans too."""
        return (*self._open.values(), *self._retired)

    async def close(self) -> None:
        """Close all, those of earlier plans too."""
        left, self._open, self._retired = self.list_all(), {}, []
        await asyncio.gather(*(part.close() for part in left))
