"""Findings that are kept: their kind, place and score, and their text only where a tier keeps it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from fen.hierarchy.finding import Finding
from fen.hierarchy.store import Extent, FindingStore, KeptFinding, count_findings, list_findings
from fen.storage import Storage, sweep, to_midnight

_log = logging.getLogger("fen.hierarchy")

MOST = 50
"""Findings of one call that are kept; an attacker's file must not fill the database."""

_LONGEST_PLACE = 300
_LONGEST_TEXT = 1000


class Findings:
    """The findings of a database."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._store = FindingStore(storage)

    def note(self, request_id: str, key_id: str | None, findings: Sequence[Finding]) -> None:
        """Keep a call's findings, up to MOST; returns at once."""
        now = datetime.now(UTC)
        kept = [KeptFinding(request_id, key_id, now, _shorten(finding)) for finding in findings[:MOST]]
        try:
            self._storage.writer.post(self._store.insert, kept)
        except RuntimeError:  # the storage is closing
            _log.warning("findings could not be kept", extra={"request_id": request_id})

    async def list(
        self,
        limit: int,
        since: datetime | None = None,
        key_id: str | None = None,
        until: datetime | None = None,
    ) -> list[KeptFinding]:
        """Return the newest findings, newest first; `until` excluded. Raises BooksUnavailable."""
        extent = Extent(since, until, key_id)
        return await self._storage.read(lambda connection: list_findings(connection, extent, limit))

    async def count(
        self, since: datetime | None = None, until: datetime | None = None, key_id: str | None = None
    ) -> dict[str, int]:
        """Return how many findings there are of each kind, the most frequent first; `until` excluded.

        Raises BooksUnavailable.
        """
        extent = Extent(since, until, key_id)
        return await self._storage.read(lambda connection: count_findings(connection, extent))

    async def find(self, request_id: str, since: datetime) -> list[KeptFinding]:
        """Return what was found in a request that came after a moment, newest first.

        Raises BooksUnavailable.
        """
        extent = Extent(since, request_id=request_id)
        return await self._storage.read(lambda connection: list_findings(connection, extent, MOST))

    async def forget_key(self, key_id: str) -> int:
        """Delete what was found in a key's calls; returns how many. Raises BooksUnavailable."""
        return await sweep(self._storage, self._store.rows.forget, key_id)

    async def prune(self, before: datetime) -> int:
        """Delete what was found on whole UTC days before a moment; returns how many.

        Raises BooksUnavailable.
        """
        return await sweep(self._storage, self._store.rows.prune, to_midnight(before))


def describe_kept(kept: KeptFinding, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a finding as JSON-ready facts. names: of keys, by id."""
    found = kept.finding
    return {
        "at": kept.at.isoformat(),
        "request": kept.request_id,
        "key": kept.key_id,
        "key_name": None if kept.key_id is None else names.get(kept.key_id),
        "kind": found.kind,
        "where": found.where,
        "privilege": found.privilege.word,
        "score": found.score,
        "start": found.start,
        "end": found.end,
        "text": found.text,
    }


def _shorten(finding: Finding) -> Finding:
    text = None if finding.text is None else _clean(finding.text[:_LONGEST_TEXT])
    return replace(finding, where=_clean(finding.where[:_LONGEST_PLACE]), text=text)


def _clean(words: str) -> str:
    """Return words as every database takes them."""
    return "".join(letter if letter.isprintable() else "�" for letter in words)
