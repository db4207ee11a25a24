"""`POST /v1/guard`: what the guard says of messages, which go nowhere."""

from __future__ import annotations

from fen.gateway import Caller, Reply
from fen.gateway.checking import CHECKING, read_check
from fen.web.api.endpoint import Endpoint
from fen.web.api.service import Service


class GuardEndpoint(Endpoint):
    """Messages in OpenAI's or Anthropic's format, and the verdict on them, for nothing."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, "openai.chat")

    async def ask(self, body: bytes, caller: Caller, traceparent: str | None) -> Reply:
        """Return the verdict on a body; raises FenError."""
        pipeline = self._service.pipeline
        return await pipeline.answer(read_check(body), caller, traceparent=traceparent, stages=CHECKING)
