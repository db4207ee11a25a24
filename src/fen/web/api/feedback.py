"""`POST /v1/feedback`: what a client says of an answer that it got."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from fen.accounts import Key
from fen.routing.feedback import Feedback
from fen.web.api.bodies import answer_body, encode_json
from fen.web.api.reading import check_head, read_body
from fen.wire.errors import InvalidRequest

Admit = Callable[[HttpRequest], Awaitable[Key | None]]

FEEDBACK: dict[str, Any] = {
    "type": "object",
    "description": "The `x-fen-request-id` of an answer, and 0 (of no use) to 1 (as it should be).",
    "properties": {
        "request_id": {"type": "string", "minLength": 1, "maxLength": 200},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["request_id", "score"],
    "additionalProperties": False,
}

GIVEN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "object": {"const": "feedback"},
        "request_id": {"type": "string"},
        "score": {"type": "number"},
        "created": {"type": "integer"},
    },
    "required": ["object", "request_id", "score", "created"],
}

_MOST_JSON = 4096


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    request_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]


class FeedbackRoute:
    """Takes the score of an answer from whoever was given it."""

    def __init__(self, feedback: Feedback, admit: Admit) -> None:
        self._feedback = feedback
        self._admit = admit

    async def give(self, request: HttpRequest) -> Response:
        """Write a score down; a later one for the same answer takes its place."""
        key = await self._admit(request)
        return await answer_body(self._give(request, None if key is None else key.id))

    async def _give(self, request: HttpRequest, key_id: str | None) -> Response:
        check_head(dict(request.scope["headers"]), _MOST_JSON)
        body = await read_body(request.receive, _MOST_JSON, is_here=False)
        try:
            said = msgspec.json.decode(body, type=_Body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidRequest(f"feedback: {error}") from None
        given = await self._feedback.give(said.request_id, said.score, key_id)
        return encode_json(
            {
                "object": "feedback",
                "request_id": given.request_id,
                "score": given.score,
                "created": int(given.at.timestamp()),
            }
        )
