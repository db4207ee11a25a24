"""`POST /v1/messages` and what belongs to it: Anthropic's Messages format."""

from __future__ import annotations

from msgspec.structs import replace
from starlette.types import Scope

from fen.gateway import Caller, Reply
from fen.gateway.counting import COUNTING
from fen.web.api.endpoint import Endpoint
from fen.web.api.errors import ErrorWriter
from fen.web.api.reading import read_caller
from fen.web.api.service import Service
from fen.wire.anthropic import to_error
from fen.wire.errors import InvalidRequest
from fen.wire.request import parse_count

_PASSED_ON = (b"anthropic-version", b"anthropic-beta")
"""Headers that are for whoever answers, where that is an upstream that speaks the same format."""


class MessagesEndpoint(Endpoint):
    """The endpoint of Anthropic's clients, who get Anthropic's errors."""

    write_error: ErrorWriter = staticmethod(to_error)

    def __init__(self, service: Service) -> None:
        super().__init__(service, "anthropic.messages")

    def read_caller(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Caller, str | None]:
        """Return who asks, with the version and the betas that are asked for, and the traceparent.

        Raises InvalidRequest for a version or a beta that no header may carry.
        """
        caller, trace = read_caller(scope, headers)
        told = tuple((name.decode(), _read(name, headers[name])) for name in _PASSED_ON if name in headers)
        return (replace(caller, headers=told) if told else caller), trace


class CountEndpoint(MessagesEndpoint):
    """`POST /v1/messages/count_tokens`: how many tokens the request would have, for nothing."""

    async def ask(self, body: bytes, caller: Caller, traceparent: str | None) -> Reply:
        """Count a body's tokens; raises FenError."""
        pipeline = self._service.pipeline
        return await pipeline.answer(parse_count(body), caller, traceparent=traceparent, stages=COUNTING)


def _read(name: bytes, value: bytes) -> str:
    text = value.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        raise InvalidRequest(
            f"{name.decode()}: found {text[:64]!r}, expected visible ASCII characters", param=name.decode()
        )
    return text
