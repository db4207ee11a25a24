"""The register: every variant that was ever tested, how much it was met, and why it was retired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from fen.arena.store.variants import VariantStore, measure_exposure, read_variants
from fen.arena.variant import Exposure, Variant
from fen.storage import Storage
from fen.wire.errors import ConfigError, NotFound

UNLISTED = "taken out of the settings"
"""Why a variant was retired that the settings no longer name, and nobody revealed."""


class Entry(msgspec.Struct, frozen=True):
    """A variant and its exposure."""

    variant: Variant
    exposure: Exposure


def _now() -> datetime:
    return datetime.now(UTC)


class Register:
    """Reads and writes the register of a database."""

    def __init__(self, storage: Storage, store: VariantStore, clock: Callable[[], datetime] = _now) -> None:
        self._storage = storage
        self._store = store
        self._now = clock

    async def enlist(self, hidden: Mapping[str, str]) -> None:
        """Write down the codenames of the settings, with their models; those no longer named are retired.

        Raises ConfigError for a codename under which another model was tested.
        """
        known = await self.read()
        for name, model in hidden.items():
            before = known.get(name)
            if before is not None and before.model != model:
                raise ConfigError(
                    f"arena.stealth.{name}: found {model}, expected the model that was tested as this:"
                    " another one needs another codename"
                )
            if before is None:
                await self._write(Variant(name, model, self._now()))
            elif before.status == "retired" and before.why == UNLISTED:
                await self._write(replace(before, retired=None, why=""))
        for name, variant in known.items():
            if name not in hidden and variant.status == "testing":
                await self._write(replace(variant, retired=self._now(), why=UNLISTED))

    async def reveal(self, name: str, why: str = "") -> Variant:
        """Publish what is behind a codename; a second time changes nothing.

        From then on the model plays under its own name, on which no vote has been cast for that. Raises
        NotFound.
        """
        variant = await self._find(name)
        if variant.revealed is not None:
            return variant
        now = self._now()
        return await self._write(
            replace(variant, revealed=now, retired=variant.retired or now, why=why or "revealed")
        )

    async def retire(self, name: str, why: str) -> Variant:
        """Take a codename out of the arena without telling what is behind it; raises NotFound."""
        variant = await self._find(name)
        if variant.status != "testing" and variant.why != UNLISTED:
            return variant
        return await self._write(replace(variant, retired=self._now(), why=why))

    async def list(self) -> list[Entry]:
        """Return all entries, by name."""
        variants = await self._storage.read(read_variants)

        def measure(connection: Any) -> list[Entry]:
            return [Entry(variant, measure_exposure(connection, variant.name)) for variant in variants]

        return await self._storage.read(measure)

    async def read(self) -> dict[str, Variant]:
        """Return all variants, by codename."""
        return {variant.name: variant for variant in await self._storage.read(read_variants)}

    async def _find(self, name: str) -> Variant:
        variant = (await self.read()).get(name)
        if variant is None:
            raise NotFound(f"found no variant {name[:64]!r}, expected a codename of the register")
        return variant

    async def _write(self, variant: Variant) -> Variant:
        await self._storage.writer.run(self._store.enlist, variant)
        return variant


def describe_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON-ready facts for everybody: the model behind a codename only once revealed."""
    variant, exposure = entry.variant, entry.exposure
    return {
        "codename": variant.name,
        "status": variant.status,
        "model": variant.model if variant.revealed is not None else None,
        "added": variant.added,
        "revealed": variant.revealed,
        "retired": variant.retired,
        "why": variant.why,
        "battles": exposure.battles,
        "votes": exposure.votes,
        "first_battle": exposure.first,
        "last_battle": exposure.last,
    }
