"""Outcomes out of Fen's own stores: what an evaluation scored and what the arena's voters said."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from fen.app.route_outcomes import read_arena_votes, read_eval_outcomes
from fen.arena.battle import Answer, Battle, Pair, Turn
from fen.arena.store import ArenaStore
from fen.arena.vote import Vote as ArenaVote
from fen.evals.record import Record, Run
from fen.evals.response import Response
from fen.evals.score import Outcome as Ended
from fen.evals.score import Score
from fen.evals.store import EvalStore
from fen.routing.outcome import Outcome, Vote
from fen.storage import Storage, open_storage, to_micros
from fen.wire.money import Money
from tests.fakes.eval_reports import make_run
from tests.integration.cli.conftest import Fen

AT = datetime(2026, 3, 4, tzinfo=UTC)
CENT = Money(Decimal("0.01"), "USD")
T = TypeVar("T")


@dataclass
class Books:
    """A home's database, written and read from a test that is not asynchronous."""

    url: str

    def write(self, change: Callable[[Storage], Any]) -> None:
        async def work() -> None:
            storage = open_storage(self.url)
            await change(storage)
            await storage.close()

        asyncio.run(work())

    def read(self, look: Callable[[Storage], Awaitable[T]]) -> T:
        async def work() -> T:
            storage = open_storage(self.url)
            found = await look(storage)
            await storage.close()
            return found

        return asyncio.run(work())


@pytest.fixture
def books(fen_home: Path) -> Books:
    return Books(f"sqlite:///{fen_home}/fen.db")


def make_record(run: Run, sample: str, outcome: Ended, *calls: str) -> Record:
    value = 1.0 if outcome == "correct" else 0.0
    return Record(
        run=run.id,
        suite="gsm8k",
        version="1",
        scorer="exact/1",
        sample=sample,
        score=Score(outcome, value),
        dimension="maths",
        cost=CENT,
        output_tokens=12,
        reasoning_tokens=5,
        calls=calls,
    )


def keep_run(run: Run, records: list[Record], prompts: dict[str, str]) -> Callable[[Storage], Any]:
    """Write a run, its records and the answers to prompts, by the key of each call."""

    async def change(storage: Storage) -> None:
        store = EvalStore(storage)
        await storage.writer.run(store.begin, run, run.id)
        for record in records:
            await storage.writer.run(store.record, record)
        for key, prompt in prompts.items():
            said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": prompt}]
            request = msgspec.json.encode({"model": run.model, "messages": said})
            response = msgspec.json.encode(Response(text="4", finish_reason="stop"))
            await storage.writer.run(store.keep, key, run.id, to_micros(AT), request, response)

    return change


def test_scores_of_runs_are_outcomes_each_answer_once(books: Books) -> None:
    first, second = make_run("fen/tiny", 1), make_run("fen/tiny", 2)
    records = [
        make_record(first, "1", "correct", "k1"),
        make_record(first, "2", "wrong", "k2"),
        make_record(first, "3", "truncated", "k3"),
        make_record(first, "4", "wrong", "gone"),
        make_record(first, "5", "correct"),
    ]
    books.write(keep_run(first, records, {"k1": "2+2?", "k2": "2+3?", "k3": "2+4?"}))
    books.write(keep_run(second, [make_record(second, "1", "correct", "k1")], {}))
    found = books.read(read_eval_outcomes)
    assert found.votes == ()
    assert sorted((one.asked.text, one.score) for one in found.outcomes) == [("2+2?", 1.0), ("2+3?", 0.0)]
    one = found.outcomes[0]
    assert one.asked.before == len("Be brief.")
    assert one.asked.turns == 1
    assert msgspec.structs.replace(one, score=1.0) == Outcome(
        one.asked, "fen/tiny", 1.0, CENT, 12, 5, "4", "stop", source="evals"
    )


def make_battle(number: int, *prompts: str) -> Battle:
    turns = tuple(Turn(prompt, Answer("left said"), Answer("right said it")) for prompt in prompts)
    return Battle(f"b{number}", Pair("a", "b", 0.5), "v", AT, turns, "voted", AT)


def keep_battles(*battles: tuple[Battle, ArenaVote]) -> Callable[[Storage], Any]:
    async def change(storage: Storage) -> None:
        store = ArenaStore(storage)
        for battle, vote in battles:
            await storage.writer.run(store.keep, battle)
            await storage.writer.run(store.cast, vote, (battle.pair.left, battle.pair.right), "somewhere")

    return change


def test_votes_that_count_are_of_their_battles_last_turn(books: Books) -> None:
    books.write(
        keep_battles(
            (make_battle(1, "one", "two?"), ArenaVote("b1", "v", "left", AT)),
            (make_battle(2, "three"), ArenaVote("b2", "v", "both_bad", AT)),
            (make_battle(3, "four"), ArenaVote("b3", "v", "right", AT, void=("too_soon",))),
            (make_battle(4), ArenaVote("b4", "v", "right", AT)),
        )
    )
    found = books.read(read_arena_votes)
    assert found.outcomes == ()
    assert [(one.asked.text, one.winner) for one in found.votes] == [("two?", "a"), ("three", "both_bad")]
    first = found.votes[0]
    assert first == Vote(first.asked, "a", "b", "a", source="arena")
    assert first.asked.before == len("one") + len("left said")
    assert first.asked.turns == 2


def test_a_fit_learns_from_both(fen: Fen, books: Books, tmp_path: Path) -> None:
    run = make_run("fen/tiny")
    records = [make_record(run, str(n), "correct" if n % 3 else "wrong", f"k{n}") for n in range(40)]
    books.write(keep_run(run, records, {f"k{n}": f"2+{n}?" for n in range(40)}))
    books.write(keep_battles((make_battle(1, "one"), ArenaVote("b1", "v", "left", AT))))
    told = fen("route", "fit", "--evals", "--arena", "--out", str(tmp_path / "a.fen"), "--json").json
    assert (told["outcomes"], told["votes"]) == (40, 1)
    assert {one["model"]: one["votes"] for one in told["models"]} == {"a": 1, "b": 1, "fen/tiny": 0}
