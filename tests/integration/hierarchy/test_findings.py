"""Findings that are kept: newest first, of one key, without what is not printable; pruned and forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fen.hierarchy import Finding, Privilege
from fen.hierarchy.findings import MOST, Findings, describe_kept
from fen.storage import Storage, sweeping

FOUND = Finding("injection", "messages[1].content", Privilege.TOOL, 0.75, 3, 9)


@pytest.fixture
def findings(storage: Storage) -> Findings:
    return Findings(storage)


async def until_written(findings: Findings) -> None:
    """Return when what was noted before is written: the writer takes one after the other."""
    assert await findings.forget_key("nobody's") == 0


async def test_findings_come_newest_first(findings: Findings) -> None:
    findings.note("req_1", "key_a", [FOUND, Finding("white_text", "page 2", Privilege.MEDIA, text="hush")])
    await asyncio.sleep(0.002)
    middle = datetime.now(UTC)
    findings.note("req_2", None, [FOUND])
    await until_written(findings)
    kept = await findings.list(10)
    assert [one.request_id for one in kept] == ["req_2", "req_1", "req_1"]
    assert (kept[0].key_id, kept[0].finding) == (None, FOUND)
    assert [one.request_id for one in await findings.list(1)] == ["req_2"]
    assert [one.request_id for one in await findings.list(10, middle)] == ["req_2"]
    assert {one.request_id for one in await findings.list(10, None, "key_a")} == {"req_1"}
    assert [one.request_id for one in await findings.list(10, until=middle)] == ["req_1"] * 2
    assert await findings.count() == {"injection": 2, "white_text": 1}
    assert await findings.count(middle) == {"injection": 1}
    assert await findings.count(None, middle, "key_a") == {"injection": 1, "white_text": 1}
    assert await findings.count(key_id="key_b") == {}
    assert [one.request_id for one in await findings.find("req_2", middle)] == ["req_2"]
    assert await findings.find("req_1", middle) == []
    told = describe_kept(kept[1], {"key_a": "laptop"})
    assert datetime.fromisoformat(told.pop("at")) == kept[1].at
    assert told == {
        "request": "req_1",
        "key": "key_a",
        "key_name": "laptop",
        "kind": "white_text",
        "where": "page 2",
        "privilege": "media",
        "score": 1.0,
        "start": 0,
        "end": 0,
        "text": "hush",
    }


async def test_an_attackers_file_fills_no_database(findings: Findings) -> None:
    found = Finding("white_text", "x" * 999, Privilege.MEDIA, text="\0\x1b[2J" * 999)
    findings.note("req_1", None, [found] * 99)
    await until_written(findings)
    kept = await findings.list(1000)
    assert len(kept) == MOST
    one = kept[0].finding
    assert (len(one.where), len(one.text or "")) == (300, 1000)
    assert (one.text or "").isprintable()


async def test_a_key_is_forgotten_and_nobody_else(monkeypatch: pytest.MonkeyPatch, storage: Storage) -> None:
    monkeypatch.setattr(sweeping, "SLICE", 2)
    findings = Findings(storage)
    for key in ("key_a", "key_b", None):
        findings.note("req_1", key, [FOUND] * 5)
    assert await findings.forget_key("key_a") == 5
    assert [one.key_id for one in await findings.list(20)] == [None] * 5 + ["key_b"] * 5
    assert await findings.forget_key("key_a") == 0


async def test_findings_of_whole_past_days_are_pruned(
    monkeypatch: pytest.MonkeyPatch, storage: Storage
) -> None:
    monkeypatch.setattr(sweeping, "SLICE", 2)
    findings = Findings(storage)
    findings.note("req_1", "key_a", [FOUND] * 3)
    now = datetime.now(UTC)
    assert await findings.prune(now.replace(hour=0, minute=0, second=0, microsecond=0)) == 0
    assert len(await findings.list(20)) == 3
    assert await findings.prune(now + timedelta(days=1)) == 3
    assert await findings.list(20) == []
