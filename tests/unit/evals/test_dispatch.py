import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fen.evals.dispatch import LANES, MOST_LOST, Dispatch, cut_jobs, share_out
from fen.evals.playing import Job
from fen.evals.record import Run
from fen.evals.sample import Sample
from fen.evals.spread import Errand, Halt, Share, Slice, WorkerLost, describe_error, describe_jobs
from fen.evals.store import Done
from fen.wire.errors import BudgetExceeded, ConfigError, FenError, Internal, UpstreamFailed
from tests.fakes.suites.puzzles import PUZZLES

RUN = Run(id="run_1", model="fake/m", suites=("puzzles",), started=datetime(2026, 11, 26, tzinfo=UTC))


def errand(concurrency: int = 4) -> Errand:
    return Errand(RUN, concurrency, "f")


def job(number: int, text: str | None = None, epoch: int = 0) -> Job:
    asked = {"role": "user", "content": text or f"question {number}"}
    return Job(PUZZLES, Sample(id=f"q{number}", messages=(asked,)), epoch, 0.0)


def slices(count: int) -> list[Slice]:
    return [Slice((("puzzles", f"q{number}", 0),)) for number in range(count)]


class Board:
    """A Desk that remembers."""

    def __init__(self) -> None:
        self.stopped: FenError | None = None
        self.done = 0

    def note(self, share: Share) -> None:
        self.done += share.done
        if share.halt is not None:
            self.stopped = self.stopped or share.halt.to_error()


Act = Callable[["Labourer", Slice], Share]


class Labourer:
    """A Hand that does as its test says, after a moment."""

    def __init__(self, number: int, act: Act) -> None:
        self.number = number
        self.act = act
        self.played: list[Done] = []
        self.at_once = self.most_at_once = self.stops = 0
        self.closed = False

    async def play(self, piece: Slice) -> Share:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        share = self.act(self, piece)
        self.played += piece.places
        return share

    async def stop(self) -> None:
        self.stops += 1

    async def close(self) -> None:
        self.closed = True


class Agency:
    """A Spread of labourers; `refuse` says which hires fail."""

    def __init__(
        self,
        act: Act = lambda _, piece: Share(len(piece.places)),
        refuse: FenError | WorkerLost | None = None,
    ) -> None:
        self.workers = 3
        self.act = act
        self.refuse = refuse
        self.hired: list[Labourer] = []

    async def hire(self, errand: Errand) -> Labourer:
        await asyncio.sleep(0)
        if self.refuse is not None:
            raise self.refuse
        self.hired.append(Labourer(len(self.hired), self.act))
        return self.hired[-1]

    def played(self) -> list[Done]:
        return sorted(place for hand in self.hired for place in hand.played)


async def deal(agency: Agency, pieces: list[Slice]) -> Board:
    board = Board()
    await Dispatch(pieces, [errand()] * agency.workers, agency).run(board)
    return board


async def test_every_slice_is_played_once_and_every_worker_closed() -> None:
    agency, pieces = Agency(), slices(40)
    board = await deal(agency, pieces)
    assert board.done == 40
    assert agency.played() == sorted(place for piece in pieces for place in piece.places)
    assert len(agency.hired) == 3
    assert all(hand.closed and hand.played for hand in agency.hired)
    assert {hand.most_at_once for hand in agency.hired} == {LANES}


async def test_no_more_workers_are_opened_than_there_are_slices() -> None:
    agency = Agency()
    assert (await deal(agency, slices(2))).done == 2
    assert len(agency.hired) == 2
    assert (await deal(Agency(), [])).done == 0


async def test_what_a_dead_worker_had_is_played_by_others() -> None:
    dealt_again: list[Slice] = []

    def act(hand: Labourer, piece: Slice) -> Share:
        if hand.number == 1 and len(hand.played) >= 2:
            raise WorkerLost("killed")
        if piece.lost:
            dealt_again.append(piece)
        return Share(len(piece.places))

    agency = Agency(act)
    board = await deal(agency, slices(30))
    assert board.done == 30
    assert len(agency.hired) == 4  # one took the dead one's place
    assert all(hand.closed for hand in agency.hired)
    assert [piece.lost for piece in dealt_again] == [1, 1]


async def test_samples_that_kill_workers_end_the_run() -> None:
    def act(hand: Labourer, piece: Slice) -> Share:
        if piece.places[0][1] == "q5":
            raise WorkerLost("out of memory")
        return Share(len(piece.places))

    agency = Agency(act)
    with pytest.raises(
        Internal, match=f"{MOST_LOST} workers that died over the same 1 samples.*q5.*out of memory"
    ):
        await deal(agency, slices(10))
    assert all(hand.closed for hand in agency.hired)


async def test_a_halt_in_one_stops_all_and_those_under_way_finish() -> None:
    def act(hand: Labourer, piece: Slice) -> Share:
        halt = Halt("no room", "budget_exceeded", "BudgetExceeded") if piece.places[0][1] == "q4" else None
        return Share(0 if halt else 1, halt=halt)

    agency = Agency(act)
    board = await deal(agency, slices(100))
    assert isinstance(board.stopped, BudgetExceeded)
    assert board.done < 15
    assert board.done == len(agency.played()) - 1
    assert all(hand.closed for hand in agency.hired)
    assert all(hand.stops == 1 for hand in agency.hired)


@pytest.mark.parametrize(
    ("refuse", "raised", "message"),
    [
        (ConfigError("other files"), ConfigError, "other files"),
        (WorkerLost("no memory"), Internal, "found no worker that starts, 3 died at once: no memory"),
    ],
)
async def test_workers_that_cannot_work_end_the_run(
    refuse: FenError | WorkerLost, raised: type[FenError], message: str
) -> None:
    with pytest.raises(raised, match=message):
        await deal(Agency(refuse=refuse), slices(9))


async def test_who_is_interrupted_closes_the_workers() -> None:
    agency = Agency(lambda _, piece: Share(1))
    task = asyncio.create_task(deal(agency, slices(10_000)))
    await asyncio.sleep(0.02)
    assert len(agency.hired) == 3
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(hand.closed for hand in agency.hired)


def test_slices_keep_the_order_and_are_small() -> None:
    pieces = cut_jobs([job(number) for number in range(100)], 2, 4)
    assert [place for piece in pieces for place in piece.places] == [
        ("puzzles", f"q{number}", 0) for number in range(100)
    ]
    assert [len(piece.places) for piece in pieces] == [13] * 7 + [9]
    assert {len(piece.places) for piece in cut_jobs([job(n) for n in range(6400)], 2, 4)} == {16}
    assert cut_jobs([], 2, 4) == []


def test_who_asks_the_same_is_in_one_slice() -> None:
    jobs = [job(number, "the same" if number % 9 == 0 else None) for number in range(40)]
    pieces = cut_jobs([*jobs, job(0, "the same", epoch=1)], 4, 1)
    same = {("puzzles", f"q{number}", 0) for number in range(0, 40, 9)}
    assert [same <= set(piece.places) for piece in pieces].count(True) == 1
    assert sum(len(piece.places) for piece in pieces) == 41


def test_calls_at_once_are_divided() -> None:
    assert [one.concurrency for one in share_out(errand(8), 3)] == [3, 3, 2]
    assert [one.concurrency for one in share_out(errand(2), 3)] == [1, 1, 1]


def test_errors_travel_with_what_matters() -> None:
    for error in (BudgetExceeded("a"), ConfigError("b"), UpstreamFailed("c", code="upstream_refused_key")):
        told = describe_error(error).to_error()
        assert (told.message, told.code) == (error.message, error.code)
        assert isinstance(told, ConfigError) == isinstance(error, ConfigError)
        assert isinstance(told, BudgetExceeded) == isinstance(error, BudgetExceeded)


def test_other_samples_have_another_fingerprint() -> None:
    jobs = [job(1), job(2)]
    assert describe_jobs(jobs) == describe_jobs([job(1), job(2)])
    others = ([job(2), job(1)], [job(1)], [job(1), job(2, "x")], [job(1), job(2, epoch=1)])
    assert len({describe_jobs(some) for some in (jobs, *others)}) == 5
    assert Share(1).spent == {}
    assert Share(1, spent={"USD": Decimal(1)}).spent["USD"] == 1
