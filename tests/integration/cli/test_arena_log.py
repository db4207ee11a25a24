"""`fen arena import`, `export`, `void`, `reveal` and `register`: the log of votes from the command line."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from fen.app import load_settings
from fen.app.arena_desk import open_desk
from fen.arena.files import FileVote, read_votes, write_votes
from fen.arena.live import LiveBoards
from fen.arena.store import VOTES, read_all
from tests.integration.cli.conftest import Fen

AT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
KEPT = (
    FileVote("a", "b", "left", "v1", "zh,coding", AT, 0.25, 0.5, 0.125, {"length": 0.5}),
    FileVote("b", "a", "both_bad", "v2", None, AT, None, None, None, {"length": -0.25}),
    FileVote("b", "c", "tie", "v1", "en", AT, 0.000001, 0.0, 1.0, {"length": 0.0}),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_votes(tmp_path / "votes.jsonl", KEPT)
    return tmp_path / "votes.jsonl"


def test_what_is_imported_is_exported_again(fen: Fen, file: Path, tmp_path: Path) -> None:
    assert fen("arena", "import", str(file)).out == "3 votes added, 0 were there, 0 rows left out\n"
    assert fen("arena", "import", str(file), "--json").json == {"added": 0, "known": 3, "left_out": 0}
    assert fen("arena", "export", str(tmp_path / "out.jsonl")).out.startswith("3 votes written to ")
    assert (tmp_path / "out.jsonl").read_bytes() == file.read_bytes()
    assert (
        fen("arena", "export", str(tmp_path / "zh.parquet"), "--category", "zh", "--json").json["votes"] == 1
    )
    assert read_votes(tmp_path / "zh.parquet").voters == ("v1",)


def test_costs_of_another_currency_are_not_written(fen: Fen, file: Path, tmp_path: Path) -> None:
    fen("arena", "import", str(file), "--currency", "CNY")
    fen("arena", "export", str(tmp_path / "usd.jsonl"))
    fen("arena", "export", str(tmp_path / "cny.jsonl"), "--currency", "CNY")
    assert read_votes(tmp_path / "usd.jsonl").left_cost is None
    assert (tmp_path / "cny.jsonl").read_bytes() == file.read_bytes()


async def count(settings_home: str) -> dict[str, int]:
    async with open_desk(load_settings(None, os.environ | {"FEN_HOME": settings_home})) as desk:
        live = LiveBoards(desk.storage)
        await live.catch_up()
        return {name: int(live.counts(name).table.sum()) for name in live.categories}


def test_imported_votes_are_on_the_live_boards(fen: Fen, file: Path) -> None:
    fen("arena", "import", str(file))
    assert asyncio.run(count(os.environ["FEN_HOME"])) == {"all": 3, "coding": 1, "en": 1, "zh": 1}


def test_a_voided_vote_leaves_the_board_stays_in_the_log_and_can_come_back(fen: Fen, file: Path) -> None:
    fen("arena", "import", str(file))
    assert fen("arena", "void", "--voter", "v1", "--note", "paid").out == "2 votes voided, 0 as before\n"
    assert fen("arena", "void", "--voter", "v1", "--note", "paid").out == "0 votes voided, 2 as before\n"
    assert asyncio.run(count(os.environ["FEN_HOME"]))["all"] == 1

    async def read() -> list[tuple[tuple[str, ...], str]]:
        async with open_desk(load_settings(None, os.environ)) as desk:
            kept = await desk.storage.read(lambda connection: list(read_all(connection)))
            return [(one.vote.void, one.vote.note) for one in kept]

    assert asyncio.run(read()) == [(("withdrawn",), "paid"), ((), ""), (("withdrawn",), "paid")]
    done = fen("arena", "void", "--voter", "v1", "--note", "a mistake", "--restore")
    assert done.out == "2 votes restored, 0 as before\n"
    assert asyncio.run(count(os.environ["FEN_HOME"]))["all"] == 3


def test_battles_are_voided_by_their_ids(fen: Fen, file: Path) -> None:
    fen("arena", "import", str(file))

    async def first() -> str:
        async with open_desk(load_settings(None, os.environ)) as desk:
            return await desk.storage.read(
                lambda one: one.execute(select(VOTES.c.battle)).scalars().first() or ""
            )

    battle = asyncio.run(first())
    assert fen("arena", "void", battle, "--note", "x", "--json").json == {"changed": 1, "kept": 0}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("void", "--note", "x"), "found neither a battle nor --voter"),
        (("void", "imp_0", "--note", "x"), "found no vote on imp_0, expected one that was cast"),
        (("reveal", "velvet-otter"), "found no variant 'velvet-otter'"),
        (("retire", "velvet-otter"), "found no variant 'velvet-otter'"),
        (("export", "votes.csv"), "expected .jsonl or .parquet"),
    ],
)
def test_what_is_not_there_is_told(fen: Fen, words: tuple[str, ...], told: str) -> None:
    done = fen("arena", *words)
    assert done.status in (1, 2)
    assert told in done.err


def test_a_codename_is_revealed_and_stays_in_the_register(fen: Fen) -> None:
    async def enlist() -> None:
        async with open_desk(load_settings(None, os.environ)) as desk:
            await desk.register.enlist({"velvet-otter": "acme/m-2", "quiet-heron": "acme/m-3"})

    asyncio.run(enlist())
    assert "acme" not in fen("arena", "register").out
    assert fen("arena", "reveal", "velvet-otter").out == "velvet-otter was acme/m-2\n"
    told = fen("arena", "register", "--json").json
    assert [(one["codename"], one["status"], one["model"]) for one in told] == [
        ("quiet-heron", "testing", None),
        ("velvet-otter", "revealed", "acme/m-2"),
    ]
    done = fen("arena", "retire", "quiet-heron", "--why", "too slow")
    assert done.out == "quiet-heron: retired, too slow\n"
    assert fen("arena", "retire", "velvet-otter", "--json").json["status"] == "revealed"
    told = fen("arena", "register", "--json").json
    assert [(one["status"], one["model"], one["why"]) for one in told] == [
        ("retired", None, "too slow"),
        ("revealed", "acme/m-2", "revealed"),
    ]


@pytest.fixture
def many(fen: Fen, tmp_path: Path) -> Path:
    """Votes of a hundred honest voters, and of one who always takes the left answer."""
    file = tmp_path / "many.jsonl"
    words = ("--models", "4", "--votes", "4000", "--voters", "100", "--spread", "0.4", "--seed", "3")
    assert fen("arena", "simulate", str(file), *words).status == 0
    with file.open("a") as opened:
        for number in range(60):
            left, right = f"model-{number % 4}", f"model-{(number + 1 + number // 4 % 3) % 4}"
            vote = {"left": left, "right": right, "outcome": "left", "voter": "rigger"}
            opened.write(json.dumps(vote) + "\n")
    assert fen("arena", "import", str(file)).status == 0
    return file


def test_the_board_of_the_log_is_that_of_the_file(fen: Fen, many: Path) -> None:
    board = fen("arena", "board", "--json").json
    rated = fen("arena", "rate", str(many), "--json").json
    assert board["votes"] == 4060
    assert board["intervals"] == ["votes", "voters"]
    names = ("model", "rating", "low", "high", "rank_low", "rank_high", "votes")
    assert [[row[name] for name in names] for row in board["rows"]] == [
        [pytest.approx(row[name], abs=1e-6) for name in names] for row in rated
    ]
    rows = fen("arena", "board").rows
    assert [row[2] for row in rows[1:5]] == [row["model"] for row in rated]
    assert "would turn them around" in fen("arena", "board").out


def test_costs_stand_beside_ratings(fen: Fen, file: Path) -> None:
    fen("arena", "import", str(file))
    rows = {row["model"]: row for row in fen("arena", "board", "--json").json["rows"]}
    cost = rows["a"]["cost"]
    assert (float(cost["amount"]), cost["currency"]) == (0.25, "USD")
    assert fen("arena", "board", "--category", "zh").status == 0
    assert (
        "found votes in all, coding, en, zh, expected 'maths'"
        in fen("arena", "board", "--category", "maths").err
    )


def test_a_codename_is_left_off_the_board_unless_the_settings_show_it(
    fen: Fen, many: Path, tmp_path: Path
) -> None:
    async def enlist() -> None:
        async with open_desk(load_settings(None, os.environ)) as desk:
            await desk.register.enlist({"model-2": "acme/m-2"})

    asyncio.run(enlist())

    def marks(*words: str) -> dict[str, str]:
        return {row["model"]: row["mark"] for row in fen("arena", "board", "--json", *words).json["rows"]}

    assert "model-2" not in marks()
    assert marks("--hidden")["model-2"] == "public"
    settings = tmp_path / "shown.toml"
    hidden = '[arena.stealth.model-2]\nmodel = "acme/m-2"\nshow = "preliminary"\n'
    settings.write_text(f'[arena]\nmodels = ["acme/m-1"]\n{hidden}')
    assert marks("--config", str(settings))["model-2"] == "preliminary"
    assert "preliminary" in fen("arena", "board", "--config", str(settings)).out
    fen("arena", "reveal", "model-2")
    assert "model-2" not in marks("--config", str(settings))


def test_a_rigger_is_found_voided_and_taken_back(fen: Fen, many: Path) -> None:
    found = fen("arena", "audit", "--json").json
    assert [(one["voter"], one["pattern"]) for one in found] == [("rigger", "always_left")]
    assert "60 votes voided" in fen("arena", "audit", "--void").out
    assert fen("arena", "board", "--json").json["votes"] == 4000
    assert fen("arena", "audit", "--restore", "rigger", "--note", "a person").out == "60 votes restored\n"
    assert fen("arena", "board", "--json").json["votes"] == 4060


def test_what_holds_a_pair_is_told(fen: Fen, many: Path) -> None:
    rows = fen("arena", "board", "--json").json["rows"]
    above, below = rows[0]["model"], rows[1]["model"]
    told = fen("arena", "audit", "--pair", above, below, "--json").json
    assert told["votes"] > 0
    assert told["lead"] == pytest.approx(rows[0]["rating"] - rows[1]["rating"])
    assert f"{above} leads {below}" in fen("arena", "audit", "--pair", above, below).out
    assert "expected" in fen("arena", "audit", "--pair", above, "nobody").err


def test_imported_votes_have_nothing_to_judge_again(fen: Fen, many: Path) -> None:
    assert fen("arena", "rejudge", "--all", "--json").json["voided"] == 0
