"""`POST /v1/responses`: OpenAI's Responses format in its stateless form."""

from __future__ import annotations

from functools import partial

from fen.gateway import Caller, Reply
from fen.gateway.responses import respond
from fen.web.api.endpoint import Endpoint
from fen.web.api.service import Service


class ResponsesEndpoint(Endpoint):
    """The chat completions' endpoint, in the words of the Responses format."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, "openai.chat")

    async def ask(self, body: bytes, caller: Caller, traceparent: str | None) -> Reply:
        """Answer a body by way of a chat completion."""
        answer = partial(self._service.pipeline.answer, caller=caller, traceparent=traceparent)
        return await respond(body, answer)
