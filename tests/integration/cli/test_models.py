"""`fen models` and `fen prices`: their tables, and what is told of ends and disagreements."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.catalogue import Card
from fen.catalogue.learnt import Learnt
from fen.catalogue.lessons import Lesson
from fen.ledger import Book, claim_replica
from fen.storage import open_storage
from tests.fakes.books import make_hold, make_settlement
from tests.integration.cli.conftest import Fen


def test_the_list_ends_with_how_many_more_are_known(fen: Fen, config: Path) -> None:
    known, offered = len(fen("models", "--all", "--json").json), len(fen("models", "--json").json)
    last = fen("models").out.splitlines()[-1]
    assert last == f"{known - offered:,} more are known: fen models --all, fen upstreams"
    assert "more are known" not in fen("models", "--all").out
    assert "more" not in fen("models", "fake text").out


def test_a_models_prices_leave_out_what_is_empty_and_number_their_sources(fen: Fen) -> None:
    lines = fen("prices", "gpt-4o-mini").out.splitlines()
    assert lines[0] == "openai/gpt-4o-mini"
    assert lines[1].split() == ["meter", "price", "currency", "tier", "from", "to", "source"]
    notes = [line for line in lines if line.startswith("[")]
    assert notes[0] == "[1] https://platform.openai.com/docs/pricing (not checked)"
    assert "[4] https://openai.com/index/api-prompt-caching/ (2026-11-24)" in notes
    assert any(line.endswith("(as genai-prices has it, 2026-11-24)") for line in notes)
    marks = {line.split()[-1] for line in lines[2:-1] if line and not line.startswith("[")}
    assert marks == {note.split()[0] for note in notes}


def test_a_price_table_fits_a_terminal(fen: Fen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    lines = fen("prices", "deepseek/deepseek-v4-pro").out.splitlines()
    assert max(len(line) for line in lines if not line.startswith("[")) <= 110


def test_prices_of_several_models_name_them(fen: Fen) -> None:
    assert fen("prices", "qwen3").rows[0][0] == "model"


def test_a_price_that_nobody_checked_is_null(fen: Fen) -> None:
    [model] = fen("prices", "gpt-4o-mini", "--json").json
    assert {row["checked"] for row in model["prices"]} == {None, "2026-11-24"}
    [card] = [
        card for card in fen("models", "gpt-4o-mini", "--all", "--json").json if card["id"] == model["model"]
    ]
    assert card["knowledge_cutoff"] == {
        "value": "2023-10",
        "source": "https://platform.openai.com/docs/models",
        "checked": None,
    }


def test_models_whose_end_is_announced_are_told_from_the_traffic(fen: Fen, fen_home: Path) -> None:
    assert fen("models", "--retiring").out.startswith("No vendor has announced the end of a model")

    async def ask() -> None:
        storage = open_storage(f"sqlite:///{fen_home}/fen.db")
        book = Book(storage, claim_replica(fen_home))
        await book.recover()
        for number, model in enumerate(
            ("openai/gpt-4o", "openai/gpt-4o", "openai/gpt-3.5-turbo", "fen/mine")
        ):
            name, now = f"req_{number}", datetime.now(UTC)
            hold = make_hold(name, model=model, held_at=now)
            await book.hold(hold)
            await book.settle(replace(make_settlement(name), settled_at=now))
        await book.close()
        await storage.close()

    asyncio.run(ask())
    rows = fen("models", "--retiring").rows
    assert rows[0][:3] == ["model", "requests", "retires"]
    assert rows[1][:3] == ["openai/gpt-3.5-turbo", "1", "2026-10-23"]
    assert rows[1][4:] == ["openai/gpt-4o-mini", "[1]"]
    assert rows[2][:3] == ["openai/gpt-4o", "2", "2027-01-14"]
    listed = fen("models", "--retiring", "--json").json
    assert [(item["model"], item["successor"]) for item in listed] == [
        ("openai/gpt-3.5-turbo", "openai/gpt-4o-mini"),
        ("openai/gpt-4o", "openai/gpt-6-luna"),
    ]


def test_disagreements_say_what_counts_and_where_it_is_from(fen: Fen, fen_home: Path) -> None:
    rows = fen("models", "gemini-2.5-pro", "--disagreements").rows
    assert rows[0] == ["model", "limit", "tokens", "counts", "source"]
    assert ["google/gemini-2.5-pro", "max_output_tokens", "65,535", "yes", "[1]"] in rows
    assert ["google/gemini-2.5-pro", "max_output_tokens", "65,536", "no", "[2]"] in rows

    async def complain() -> None:
        storage = open_storage(f"sqlite:///{fen_home}/fen.db")
        card = Card("openai/gpt-4o", "openai", "gpt-4o", "openai", "gpt-4o")
        Learnt(storage).learn(card, "max_output_tokens", Lesson("max_output_tokens", 4096, "at most 4096"))
        await storage.close()

    asyncio.run(complain())
    [item] = fen("models", "openai/gpt-4o", "--disagreements", "--json").json[:1]
    assert (item["model"], item["counts"]["value"]) == ("openai/gpt-4o", 4096)
    assert item["counts"]["source"] == "upstream error"
    assert item["counts"]["checked"] is not None
    assert fen("models", "--retiring", "--disagreements").status == 2
