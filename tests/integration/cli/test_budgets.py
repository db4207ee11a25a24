"""Budgets and tiers from the command line: given to keys and teams, shown with what is left, and checked."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from fen.app import load_settings
from fen.ledger import Book
from fen.storage import open_storage
from tests.fakes.spending import ask, make_call, make_parts
from tests.integration.cli.conftest import Fen


def spend(key_id: str, settled: bool = True) -> None:
    """Make a call that costs a thousandth of a dollar, or leave its hold open."""

    async def run() -> None:
        storage = open_storage(load_settings(None, os.environ).database_url)
        from fen.accounts import Keyring

        [key] = [key for key in await Keyring(storage).list() if key.id == key_id]
        parts = make_parts(Book(storage))
        gate = asyncio.Event()
        call = make_call(os.urandom(4).hex(), key)
        asking = asyncio.create_task(ask(parts, call, 1, gate))
        if settled:
            gate.set()
            await asking
        else:
            while not await parts.book.find(call.id):  # noqa: ASYNC110  the database has no event
                await asyncio.sleep(0)
            asking.cancel()
        await storage.close()

    asyncio.run(run())


def test_key_has_budgets_and_shows_what_is_left(fen: Fen) -> None:
    words = ("--tier", "web", "--team", "red", "--budget", "2USD/month", "--budget", "0.5 usd/day")
    made = fen("keys", "create", "amy", *words, "--json").json
    assert (made["tier"], made["team"], made["budgets"]) == ("web", "red", ["2USD/month", "0.5USD/day"])
    assert fen("budgets", "set", "team:red", "10USD/day").out == "team:red may spend 10USD/day\n"
    spend(made["id"])
    [listed] = fen("keys", "list", "--json").json
    left = {(each["scope"], each["period"]): (each["left"], each["spent"]) for each in listed["budgets"]}
    assert left == {
        ("key", "month"): ("1.999", "0.001"),
        ("key", "day"): ("0.499", "0.001"),
        ("team", "day"): ("9.999", "0.001"),
    }
    assert "1.999 of 2USD/month" in fen("keys", "list").out
    assert "9.999 of 10USD/day (team)" in fen("keys", "list").out


def test_budgets_are_set_listed_and_removed(
    fen: Fen, fen_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fen_home / "fen.toml").write_text('[tiers.web]\nbudget = "3CNY/day"\n')
    monkeypatch.setenv("FEN_CONFIG", str(fen_home / "fen.toml"))
    made = fen("keys", "create", "amy", "--json").json
    fen("budgets", "set", "key:amy", "1USD/total")
    fen("budgets", "set", "key:amy", "2USD")
    fen("budgets", "set", "team:red", "7CNY/month")
    spend(made["id"], settled=False)
    told = fen("budgets", "list", "--json").json
    assert [(each["scope"], each["name"], each["limit"], each["period"]) for each in told] == [
        ("key", "amy", "2", "total"),
        ("team", "red", "7", "month"),
        ("tier", "web", "3", "day"),
    ]
    assert (told[0]["spent"], told[0]["held"], told[0]["left"]) == ("0", "0.001", "1.999")
    head, first, *_ = fen("budgets", "list").rows
    assert head == ["scope", "owner", "limit", "period", "spent", "held", "left", "currency"]
    assert first == ["key", "amy", "2", "total", "0", "0.001", "1.999", "USD"]
    fen("budgets", "remove", "key:amy", "total")
    assert [each["scope"] for each in fen("budgets", "list", "--json").json] == ["team", "tier"]
    changes = [(event["action"], event["subject"], event["detail"]) for event in fen("audit", "--json").json]
    assert changes[:3] == [
        ("budget.remove", f"key:{made['id']}", {"limit": "2USD/total"}),
        ("budget.set", "team:red", {"limit": "7CNY/month"}),
        ("budget.set", f"key:{made['id']}", {"limit": "2USD/total"}),
    ]


def test_wrong_budgets_and_tiers_are_refused(fen: Fen) -> None:
    for words, status, told in (
        (("keys", "create", "a", "--tier", "gold"), 1, "fen: tier: found 'gold', expected one of web, api"),
        (
            ("keys", "create", "a", "--budget", "2EUR"),
            1,
            "budget: found the currency 'EUR', expected USD or CNY",
        ),
        (
            ("keys", "create", "a", "--budget", "2USD", "--budget", "3USD"),
            1,
            "found two for the period 'total'",
        ),
        (("keys", "create", "a", "--team", "a b"), 1, "team: found 'a b', expected 1 to 64 letters"),
        (("budgets", "set", "key:nobody", "2USD"), 1, "key: found none that is called 'nobody'"),
        (("budgets", "set", "tier:web", "2USD"), 1, "found 'tier:web', expected key:NAME|team:NAME"),
        (("budgets", "remove", "team:red", "day"), 1, "found no budget of team:red for the period 'day'"),
        (("tiers", "show", "gold"), 2, "found no tier 'gold', expected one of web, api"),
    ):
        done = fen(*words)
        assert (done.status, told in done.err, done.out) == (status, True, ""), (words, done)
    assert fen("keys", "list", "--json").json == []


def test_tiers_are_those_that_ship_and_those_of_the_settings(fen: Fen, fen_home: Path) -> None:
    config = fen_home / "fen.toml"
    config.write_text(
        '[tiers.school]\ncontext_window = 4000\nabilities = []\nmarkup = 1.5\nbudget = "1USD/day"\n'
    )
    told = {tier["name"]: tier for tier in fen("tiers", "list", "--config", str(config), "--json").json}
    assert list(told) == ["web", "api", "school"]
    assert (told["web"]["context_window"], told["web"]["introduce"]) == (8191, True)
    assert (told["school"]["abilities"], told["school"]["markup"]) == ([], "1.5")
    assert told["school"]["budgets"] == ["1USD/day"]
    assert [row[0] for row in fen("tiers", "list").rows] == ["name", "web", "api"]
    shown = dict(
        line.split(None, 1)
        for line in fen("tiers", "show", "school", "--config", str(config)).out.splitlines()
    )
    assert shown["abilities"] == "text alone"
    assert fen("tiers", "show", "web", "--json").json["context_window"] == 8191


def test_ledger_is_checked_against_its_budgets(fen: Fen, fen_home: Path) -> None:
    made: dict[str, Any] = fen("keys", "create", "amy", "--budget", "2USD", "--json").json
    spend(made["id"])
    assert fen("ledger", "check").out == "every budget counts what its requests took\n"

    async def forge() -> None:
        storage = open_storage(load_settings(None, os.environ).database_url)
        await storage.writer.run(lambda cursor: cursor.execute("UPDATE budget_windows SET spent = 7"))
        await storage.close()

    asyncio.run(forge())
    done = fen("ledger", "check", "--json")
    assert done.status == 1
    assert '"spent": 7' in done.out
    assert '"entries_spent": 1000000000' in done.out
    assert fen("ledger", "check").out.splitlines()[1].split()[-2:] == ["7", "1000000000"]
