"""`fen batches` for a person: tables and facts; without a server it reads and cancels all the same."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from fen.batch import Batch, Batches, read_batch_request
from fen.cli.program import run
from fen.storage import open_storage
from tests.integration.batch.bench import line, pieces
from tests.integration.batch.deferred import CHAT, jsonl


@pytest.fixture
def batch(fen_home: Path) -> Batch:
    """A batch that nobody works on."""

    async def make() -> Batch:
        storage = open_storage(f"sqlite:///{fen_home / 'fen.db'}")
        batches = Batches(storage)
        file = await batches.shelf.put(pieces(jsonl([line("a")])), "a.jsonl", None)
        wanted = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
        wanted["metadata"] = {"for": "the books"}  # type: ignore[assignment]
        made = await batches.create(read_batch_request(msgspec.json.encode(wanted)), None)
        await storage.close()
        return made

    return asyncio.run(make())


def test_a_table_of_batches(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["batches", "list"]) == 0
    title, row = capsys.readouterr().out.splitlines()
    assert title.split()[:4] == ["made", "(UTC)", "batch", "key"]
    assert row.split()[2:6] == [batch.id, "-", CHAT, "validating"]


def test_facts_of_a_batch(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["batches", "show", batch.id]) == 0
    shown = capsys.readouterr().out
    for fact in (batch.id, batch.input_file_id, "validating", "the books", f"{batch.expires_at:%F %T}"):
        assert fact in shown


def test_a_batch_is_cancelled_for_whoever_serves_next(
    batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["batches", "cancel", batch.id]) == 0
    assert capsys.readouterr().out == f"cancelling {batch.id}\n"


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_a_batch_that_is_not_there_is_told(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["batches", command, "batch_none"]) == 1
    assert "found no batch 'batch_none'" in capsys.readouterr().err
