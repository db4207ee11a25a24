"""`fen usage`, `fen requests` and `fen ledger` over real entries."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from fen.ledger import RouteBook
from fen.storage import open_storage
from tests.fakes.books import usd
from tests.integration.cli.conftest import Fen
from tests.integration.ledger.test_routed import make_routed

SUMS = {
    "requests",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost",
    "currency",
    "charge",
    "charge_currency",
    "exact",
    "estimated",
    "unpriced",
}
CALLS = (
    ("fake/gpt-4o-mini", "[[tokens-10-prompt-1000-cached-400]]"),
    ("fake/gpt-4o-mini", "[[tokens-10-prompt-1000-cached-400]]"),
    ("fake/text-only", "[[tokens-5-prompt-7]]"),
    ("fake/unpriced", "[[tokens-5-prompt-7]]"),
)


@pytest.fixture
def booked(fen: Fen, config: object) -> Fen:
    for model, prompt in CALLS:
        assert fen("ask", prompt, "-m", model).status == 0
    return fen


def test_empty_books_are_no_error(fen: Fen) -> None:
    assert fen("usage", "--json").json == []
    assert fen("requests", "list", "--json").json == []
    assert fen("usage").out.endswith("total cost: nothing\ntotal charge: nothing\n")


def test_usage_adds_up_by_key_and_model(booked: Fen) -> None:
    rows = {row["model"]: row for row in booked("usage", "--json").json}
    assert set(rows) == {model for model, _ in CALLS}
    assert all(set(row) == {"key", "model"} | SUMS for row in rows.values())
    row = rows["fake/gpt-4o-mini"]
    assert (row["key"], row["requests"], row["exact"], row["estimated"], row["unpriced"]) == (
        None,
        2,
        2,
        0,
        0,
    )
    assert (row["input_tokens"], row["cached_tokens"], row["output_tokens"]) == (1200, 800, 20)
    each = (600 * Decimal("0.15") + 400 * Decimal("0.075") + 10 * Decimal("0.60")) / 1_000_000
    assert (row["cost"], row["currency"]) == (format(2 * each, "f").rstrip("0"), "USD")
    assert rows["fake/text-only"]["currency"] == "CNY"
    assert (rows["fake/unpriced"]["cost"], rows["fake/unpriced"]["unpriced"]) == (None, 1)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (["--by", "upstream"], {"upstream"}),
        (["--by", "day,certainty"], {"day", "certainty"}),
        (["--by", "model", "--by", "key,model"], {"model", "key"}),
    ],
)
def test_usage_has_the_columns_that_it_is_grouped_by(booked: Fen, by: list[str], groups: set[str]) -> None:
    rows = booked("usage", *by, "--json").json
    assert all(set(row) == groups | SUMS for row in rows)
    assert sum(row["requests"] for row in rows) == len(CALLS)
    assert set(booked("usage", *by).rows[0]) >= groups


def test_usage_table_keeps_currencies_apart(booked: Fen) -> None:
    text = booked("usage").out
    assert "total cost: 0.000017 CNY, 0.000252 USD\n" in text
    assert "not in these sums: 1 requests without a known price\n" in text
    assert "unknown" in next(line for line in text.splitlines() if "unpriced" in line)


def test_usage_of_a_period(booked: Fen) -> None:
    assert booked("usage", "--until", "2020-01-01", "--json").json == []
    assert booked("usage", "--since", "2999-01-01T00:00:00Z", "--json").json == []
    assert len(booked("usage", "--since", "2020-01-01", "--until", "2999-01-01", "--json").json) == 3


def test_usage_of_a_key(booked: Fen) -> None:
    made = booked("keys", "create", "bob", "--json").json
    for key in ("bob", made["id"]):
        assert booked("usage", "--key", key, "--json").json == []
        assert booked("requests", "list", "--key", key, "--json").json == []
    done = booked("usage", "--key", "nobody")
    assert (done.status, "found none that is called 'nobody'" in done.err) == (1, True)


def test_requests_are_listed_newest_first_and_shown(booked: Fen) -> None:
    entries = booked("requests", "list", "--json").json
    assert [entry["model"] for entry in entries] == [model for model, _ in reversed(CALLS)]
    assert booked("requests", "list", "--limit", "2", "--json").json == entries[:2]
    rows = booked("requests", "list").rows[1:]
    assert [row[2] for row in rows] == [entry["request_id"] for entry in entries]
    newest = entries[0]["request_id"]
    assert booked("requests", "show", newest, "--json").json == entries[:1]
    lines = booked("requests", "show", entries[1]["request_id"]).out.splitlines()
    shown = {name: rest for name, _, rest in (line.partition(" ") for line in lines)}
    assert shown["model"].strip() == "fake/text-only"
    assert shown["cost.currency"].strip() == "CNY"
    assert shown["usage.prompt_tokens"].strip() == "7"


def test_request_that_is_not_there_is_told(fen: Fen) -> None:
    done = fen("requests", "show", "req_0")
    assert (done.status, done.out) == (1, "")
    assert done.err == "fen: found no request 'req_0', expected the x-fen-request-id of an answer\n"


def test_pruned_requests_are_sums(booked: Fen) -> None:
    before = booked("usage", "--json").json
    assert booked("ledger", "prune", "--older-than", "1d", "--yes", "--json").json["pruned"] == 0
    told = booked("ledger", "prune", "--before", "2999-01-01", "--yes", "--json").json
    assert told == {"before": "2999-01-01", "pruned": len(CALLS), "findings": 0, "conversations": 0}
    assert booked("usage", "--json").json == before
    assert booked("requests", "list", "--json").json == []


@pytest.mark.parametrize("words", [["prune", "--before", "2999-01-01"], ["forget", "bob"]])
def test_nothing_is_lost_without_a_yes(booked: Fen, words: list[str]) -> None:
    booked("keys", "create", "bob")
    for answer in ("n\n", ""):
        done = booked("ledger", *words, stdin=answer)
        assert done.status == 130
        assert "[y/N]" in done.err
    assert len(booked("requests", "list", "--json").json) == len(CALLS)
    assert booked("ledger", *words, stdin="y\n").status == 0


@pytest.mark.parametrize("given", [[], ["--before", "2020-01-01", "--older-than", "1d"]])
def test_prune_wants_one_moment(fen: Fen, given: list[str]) -> None:
    done = fen("ledger", "prune", "--yes", *given)
    assert (done.status, "expected one of --before and --older-than" in done.err) == (2, True)


def test_reading_claims_no_replica(booked: Fen, fen_home) -> None:
    for words in (["usage"], ["requests", "list"], ["keys", "list"], ["audit"]):
        assert booked(*words).status == 0
    assert list((fen_home / "replicas").iterdir()) == []


def test_recorded_traffic_is_priced_anew(booked: Fen) -> None:
    (found,) = booked("usage", "what-if", "fake/gpt-4o-mini", "--json").json
    assert found["requests"] == 4
    assert found["bases"] == {"own": 2, "recorded": 2}
    assert "recorded 2" in booked("usage", "what-if", "fake/gpt-4o-mini", "fake/text-only").out
    done = booked("usage", "what-if", "no/such")
    assert done.status == 1
    assert "expected one that `fen models --all` lists" in done.err


def test_without_traffic_there_is_nothing_to_price(fen: Fen, config: object) -> None:
    done = fen("usage", "what-if", "fake/gpt-4o-mini")
    assert done.status == 1
    assert "found no recorded request" in done.err


def test_savings_are_told_beside_usage(fen: Fen, fen_home: Path) -> None:
    async def note() -> None:
        storage = open_storage(f"sqlite:///{fen_home}/fen.db")
        RouteBook(storage).note(make_routed(cost=usd("0.005"), key_id=None))
        await storage.writer.run(lambda _: None)
        await storage.close()

    assert fen("usage", "savings", "--json").json == []
    asyncio.run(note())
    (row,) = fen("usage", "savings", "--json").json
    assert (row["route"], row["cost"], row["reference_cost"], row["saved"], row["share"]) == (
        "fen/auto",
        "0.005",
        "0.02",
        "0.015",
        0.75,
    )
    assert "routes saved 0.015 USD over 1 requests" in fen("usage").out
    assert "75.0" in fen("usage", "savings", "--by", "route,key").out
