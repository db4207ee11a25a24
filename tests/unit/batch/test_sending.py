"""What an answer, or the lack of one, means for a line."""

import json
from typing import Any

import pytest

from fen.batch.line import Line, Outcome
from fen.batch.sending import FIRST_PAUSE, LONGEST_PAUSE, Later, send_line
from fen.gateway import Reply
from fen.wire.errors import (
    BooksUnavailable,
    BudgetExceeded,
    ErrorBody,
    FenError,
    Internal,
    NotFound,
    Overloaded,
    RateLimited,
    Unauthenticated,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamTimeout,
)
from fen.wire.request import Request

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


async def send(
    answer: Reply | FenError, tried: int = 0, body: dict[str, Any] | None = None
) -> tuple[Outcome | Later, list[tuple[Request, str | None]]]:
    asked: list[tuple[Request, str | None]] = []

    async def reply(request: Request, key_id: str | None) -> Reply:
        asked.append((request, key_id))
        if isinstance(answer, FenError):
            raise answer
        return answer

    text = {"custom_id": "a", "method": "POST", "url": "/x", "body": BODY if body is None else body}
    line = Line(1, json.dumps(text).encode(), tried)
    return await send_line(line, "openai.chat", reply, "key_1", 3), asked


async def test_an_answer_is_kept_on_one_line_with_its_figures_as_they_were() -> None:
    reply = Reply((("x-fen-request-id", "req_1"),), b'{\n  "n": 1.50,\n  "s": "a\\nb"\n}')
    outcome, asked = await send(reply)
    assert outcome == Outcome("done", 200, b'{"n":1.50,"s":"a\\nb"}', "req_1")
    assert [(request.view.model, key_id) for request, key_id in asked] == [("m", "key_1")]


async def test_a_line_that_is_no_request_fails_and_is_not_sent() -> None:
    outcome, asked = await send(Reply((), b"{}"), body={"model": "m"})
    assert isinstance(outcome, Outcome)
    assert (outcome.state, outcome.status, asked) == ("failed", 400, [])
    assert "messages" in json.loads(outcome.body)["error"]["message"]


def rejected(status: int, retry_after: str | None = None) -> UpstreamRejected:
    return UpstreamRejected(status, ErrorBody("no", "some_error"), retry_after)


@pytest.mark.parametrize(
    "error",
    [
        rejected(400),
        rejected(422),
        NotFound("no"),
        BudgetExceeded("no"),
        Unauthenticated("no"),
        Internal("no"),
    ],
    ids=repr,
)
async def test_what_another_try_would_not_change_fails(error: FenError) -> None:
    error.request_id = "req_1"
    outcome, _ = await send(error)
    assert isinstance(outcome, Outcome)
    assert (outcome.state, outcome.status, outcome.request_id) == ("failed", error.status, "req_1")
    assert json.loads(outcome.body)["error"]["message"] == "no"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("no", retry_after=7), 7),
        (RateLimited("no", retry_after=0), FIRST_PAUSE),
        (UpstreamBusy("no", retry_after=12), 12),
        (rejected(429, "12"), 12),
        (rejected(429, "Wed, 21 Oct 2015 07:28:00 GMT"), FIRST_PAUSE),
        (rejected(429, "Wed, 21 Oct 2099 07:28:00 GMT"), 24 * 3600),
        (rejected(429, "nan"), FIRST_PAUSE),
        (rejected(429, "1e9"), 24 * 3600),
        (rejected(503), FIRST_PAUSE),
        (Overloaded("no"), FIRST_PAUSE),
        (BooksUnavailable("no"), FIRST_PAUSE),
    ],
)
async def test_who_is_busy_is_asked_again_however_often(error: FenError, seconds: float) -> None:
    assert (await send(error))[0] == Later(seconds)
    later, _ = await send(error, tried=50)
    assert isinstance(later, Later)
    assert later.seconds == max(seconds, LONGEST_PAUSE)


@pytest.mark.parametrize("error", [UpstreamFailed("no"), UpstreamTimeout("no"), rejected(500)], ids=repr)
async def test_an_upstream_that_breaks_is_asked_three_times(error: FenError) -> None:
    assert (await send(error))[0] == Later(FIRST_PAUSE)
    assert (await send(error, tried=1))[0] == Later(2 * FIRST_PAUSE)
    outcome, _ = await send(error, tried=2)
    assert isinstance(outcome, Outcome)
    assert outcome.state == "failed"
