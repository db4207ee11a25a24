"""Small JSON bodies: answers, and refusals that a client that is still sending gets to read."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fen.gateway.settlement import CLOSED_REQUEST
from fen.web.api.errors import send_error
from fen.web.api.reading import ClientGone
from fen.wire.errors import FenError, RequestTooSlow, TooLarge


def encode_json(value: object) -> Response:
    """Return a value as a response."""
    return Response(msgspec.json.encode(value), 200, {"content-type": "application/json"})


async def answer_body(answer: Awaitable[Response]) -> Response:
    """Return the answer to a request with a body, whatever became of the body."""
    try:
        return await answer
    except (TooLarge, RequestTooSlow) as error:
        return _Refusal(error)
    except ClientGone:
        return Response(status_code=CLOSED_REQUEST)  # nobody reads it


class _Refusal(Response):
    """An error before the body was read: the client, which is still sending, gets to read it."""

    def __init__(self, error: FenError) -> None:
        super().__init__(status_code=error.status)
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_error(self._error, scope, receive, send)
