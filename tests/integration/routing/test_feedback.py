"""What clients say of answers: kept for the request's own key, and joined to what a route decided."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fen.ledger import Book, RouteBook, claim_replica
from fen.routing.feedback import Feedback
from fen.storage import Storage
from fen.wire.errors import InvalidRequest, NotFound
from tests.fakes.books import make_hold, make_settlement
from tests.integration.ledger.test_routed import make_routed


@pytest.fixture
async def book(storage: Storage, fen_home: Path) -> AsyncIterator[Book]:
    opened = Book(storage, claim_replica(fen_home))
    await opened.recover()
    yield opened
    await opened.close()


async def ask(book: Book, request: str, key: str | None) -> None:
    await book.hold(make_hold(request, key_id=key))
    await book.settle(make_settlement(request))


async def test_the_last_score_stands(storage: Storage, book: Book) -> None:
    await ask(book, "req_1", "key_a")
    routes = RouteBook(storage)
    feedback = Feedback(storage, book, routes)
    routes.note(make_routed("req_1"))
    routes.note(make_routed("req_2"))
    for score in (0.25, 1):
        given = await feedback.give("req_1", score, "key_a")
        assert given.score == score
    judged = [one async for one in feedback.judged()]
    assert [(one.routed.request_id, one.score) for one in judged] == [("req_1", 1.0)]


async def test_only_the_keys_own_requests_can_be_judged(storage: Storage, book: Book) -> None:
    await ask(book, "req_1", "key_a")
    await ask(book, "req_2", None)
    feedback = Feedback(storage, book, RouteBook(storage))
    for request, key in (
        ("req_1", "key_b"),
        ("req_1", None),
        ("req_2", "key_a"),
        ("req_9", "key_a"),
        ("\0", None),
    ):
        with pytest.raises(NotFound, match="expected the id of a request of this key"):
            await feedback.give(request, 1.0, key)
    assert (await feedback.give("req_2", 0, None)).key_id is None


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
async def test_a_score_is_from_nothing_to_one(storage: Storage, book: Book, score: float) -> None:
    await ask(book, "req_1", "key_a")
    with pytest.raises(InvalidRequest, match="expected 0 to 1"):
        await Feedback(storage, book, RouteBook(storage)).give("req_1", score, "key_a")


async def test_a_forgotten_key_said_nothing(storage: Storage, book: Book) -> None:
    await ask(book, "req_1", "key_a")
    routes = RouteBook(storage)
    feedback = Feedback(storage, book, routes)
    routes.note(make_routed("req_1"))
    await feedback.give("req_1", 1.0, "key_a")
    assert await feedback.forget_key("key_a") == 1
    assert [one async for one in feedback.judged()] == []
