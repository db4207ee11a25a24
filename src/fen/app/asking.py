"""Ask a model as a person does: in this process, or of a Fen that runs elsewhere (`FEN_URL`)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import msgspec

from fen.app.build import App, open_app
from fen.app.settings import EMBEDDED, Settings
from fen.app.streamed import StreamReader, Thought, read_payloads
from fen.conversations import Receipt
from fen.upstreams import OpenAIUpstream, read_key
from fen.wire.answer import Stream
from fen.wire.errors import ConfigError, FenError, Unauthenticated, UpstreamFailed
from fen.wire.ports import Outbound
from fen.wire.request import Request, parse_request

Said = dict[str, str]
"""A turn: `role` and `content`."""


class Question(msgspec.Struct, frozen=True):
    """What is asked; max_tokens bounds the answer."""

    messages: Sequence[Said]
    model: str = EMBEDDED
    max_tokens: int | None = None


class Asker:
    """Asks one Fen, here or elsewhere; made by `open_asker`."""

    def __init__(self, send: Callable[[Request], AsyncGenerator[bytes, None]]) -> None:
        self._send = send

    async def ask(self, question: Question) -> AsyncGenerator[str | Receipt, None]:
        """Yield the answer's text as it comes, then its receipt; closing it ends the call.

        Raises FenError.
        """
        reader = StreamReader(question.model)
        payloads = self._send(_make_request(question))
        try:
            async for payload in payloads:
                for piece in reader.take(payload):
                    if not isinstance(piece, Thought):
                        yield piece
        finally:
            await payloads.aclose()


@contextlib.asynccontextmanager
async def open_asker(settings: Settings) -> AsyncGenerator[Asker, None]:
    """Open what answers: the Fen at `FEN_URL` with the key in `FEN_API_KEY`, else one in this process.

    Raises ConfigError.
    """
    url = settings.environ.get("FEN_URL")
    if not url:
        async with open_app(settings) as app:
            yield Asker(lambda request: _ask_here(app, request))
        return
    upstream = open_remote(url, read_key("FEN_API_KEY", settings.environ))
    try:
        yield Asker(lambda request: _ask_there(upstream, url, request))
    finally:
        await upstream.close()


def open_remote(url: str, key: str | None) -> OpenAIUpstream:
    """Return a client of the Fen at an address; raises ConfigError."""
    address = url.rstrip("/")
    try:
        return OpenAIUpstream(address if address.endswith("/v1") else address + "/v1", key)
    except ValueError as error:
        raise ConfigError(f"FEN_URL, FEN_API_KEY: {error}") from None


def _make_request(question: Question) -> Request:
    body: dict[str, Any] = {
        "model": question.model,
        "messages": question.messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if question.max_tokens is not None:
        body["max_tokens"] = question.max_tokens
    return parse_request("openai.chat", msgspec.json.encode(body))


async def _ask_here(app: App, request: Request) -> AsyncGenerator[bytes, None]:
    reply = await app.answer(request, "cli")
    async with contextlib.aclosing(read_payloads(reply)) as payloads:
        async for payload in payloads:
            yield payload


async def _ask_there(upstream: OpenAIUpstream, url: str, request: Request) -> AsyncGenerator[bytes, None]:
    try:
        answer = await upstream.send(Outbound(request, request.view.model, True, "cli"))
    except UpstreamFailed as error:
        raise explain_failure(error, url) from None
    assert isinstance(answer, Stream)
    try:
        async for event in answer.events:
            yield event.data
    finally:
        await answer.events.aclose()


def explain_failure(error: UpstreamFailed, url: str) -> FenError:
    """Say it as one who asks a Fen, and not as a Fen that asks a vendor."""
    if error.code == "upstream_refused_key":
        said = error.message.partition("): ")[2]
        return Unauthenticated(
            f"the Fen at {url} refused ({said}); FEN_API_KEY holds the key that it is sent"
        )
    if not error.reached:
        return UpstreamFailed(f"{error.message}; FEN_URL is {url}: does a Fen serve there?", reached=False)
    return error
