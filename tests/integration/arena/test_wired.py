"""Battles, votes and boards together, over the API: a vote is on the board at once, a hidden model is not."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from tests.fakes.voter import Voter
from tests.integration.arena.conftest import Open, Opened, write_models
from tests.integration.arena.test_battles import FAST, SLOW, TWO, name_sides, read, take_id

HIDDEN = "rival/tokens-30"
THREE = (
    write_models(FAST, SLOW, HIDDEN)
    + f'[arena]\nmodels = ["{FAST}", "{SLOW}"]\nshown_seconds = 0\nvotes_by_voter = 1000\n'
    + f'[arena.stealth.moonlight]\nmodel = "{HIDDEN}"\nshow = "SHOW"\n'
)
RATE = '[fx.CNY_PER_USD]\nrate = "7"\nsource = "a bank"\non = 2026-01-02\n'


async def fight(opened: Opened, wanted: str, count: int) -> None:
    """Battle until a model has met others so often; it wins and loses in turn."""
    met = 0
    while met < count:
        voter = Voter(opened.api)
        battle = await read(opened, take_id(await voter.begin()))
        met += wanted in name_sides(battle)
        assert (await voter.vote(battle.id, ("left", "right")[met % 2])).json["counted"]


async def rows(opened: Opened, query: str = "") -> dict[str, Any]:
    board = await Voter(opened.api).get("/api/arena/board" + query)
    assert board.status == 200, board.body
    return {row["model"]: row for row in board.json["rows"]}


async def test_a_vote_is_on_the_board_when_its_voter_is_told(opening: Open) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin("Solve 2x + 3 = 7 in Python."))
        assert (await voter.vote(battle_id, "tie")).json["counted"]
        found = await rows(opened)
        assert {name: row["votes"] for name, row in found.items()} == {FAST: 1, SLOW: 1}
        [vote] = (await voter.get("/api/arena/votes")).json["data"]
        assert vote["counted"]


@pytest.mark.parametrize(("rate", "known"), [("", False), (RATE, True)])
async def test_costs_in_another_currency_count_by_the_settings_rate(
    opening: Open, rate: str, known: bool
) -> None:
    models = write_models(FAST) + write_models(SLOW).replace('"USD"', '"CNY"')
    async with opening(TWO.replace(write_models(FAST, SLOW), models) + rate) as opened:
        await fight(opened, SLOW, 1)
        await opened.arena.boards.study()
        found = await rows(opened)
        assert sum(row["cost"] is not None for row in found.values()) == (2 if known else 1)
        costs = {row["cost"]["currency"] for row in found.values() if row["cost"]}
        assert len(costs) == 1


@pytest.mark.parametrize("show", ["never", "preliminary"])
async def test_a_hidden_model_is_on_the_board_as_the_settings_say(opening: Open, show: str) -> None:
    async with opening(THREE.replace("SHOW", show)) as opened:
        await fight(opened, "moonlight", 4)
        found = await rows(opened)
        assert ("moonlight" in found) == (show == "preliminary")
        assert HIDDEN not in found
        await opened.arena.register.reveal("moonlight", "released")
        await asyncio.sleep(1.1)  # a board younger than its delay is shown again
        assert "moonlight" not in await rows(opened)
        await fight(opened, HIDDEN, 2)
        await asyncio.sleep(1.1)
        assert (await rows(opened))[HIDDEN]["votes"] == 2  # its own, from nothing


def test_a_server_that_nobody_asks_for_an_arena_does_not_load_its_libraries() -> None:
    words = "import sys, fen.web; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


async def test_a_hundred_voters_at_once_are_counted_once_each(opening: Open) -> None:
    quick = write_models("fake/tokens-3", "rival/tokens-4")
    text = quick + '[arena]\nmodels = ["fake/tokens-3", "rival/tokens-4"]\nshown_seconds = 0\n'
    async with opening(text + "votes_by_address = 1000\n") as opened:

        async def take_part(number: int) -> list[bool]:
            voter = Voter(opened.api)
            battle_id = take_id(await voter.begin())
            outcome = ("left", "right", "tie", "both_bad")[number % 4]
            told = await asyncio.gather(*(voter.vote(battle_id, outcome) for _ in range(3)))
            return [one.json["accepted"] for one in told]

        accepted = await asyncio.gather(*(take_part(number) for number in range(100)))
        assert [found.count(True) for found in accepted] == [1] * 100
        found = await rows(opened)
        assert {name: row["votes"] for name, row in found.items()} == {
            "fake/tokens-3": 100,
            "rival/tokens-4": 100,
        }
        await opened.arena.live.rebuild()
        counts = opened.arena.live.counts()
        assert int(counts.table.sum()) == 100
        assert counts.table.sum(axis=(1, 2)).tolist() == [25, 25, 25, 25]
