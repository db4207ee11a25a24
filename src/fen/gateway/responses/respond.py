"""Answering a Responses request by way of a chat completion."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable

from msgspec.structs import replace

from fen.gateway.call import Reply
from fen.gateway.responses.answer import write_answer
from fen.gateway.responses.ask import read_ask
from fen.gateway.responses.writer import EventWriter
from fen.wire.errors import FenError, UpstreamFailed
from fen.wire.request import Request, parse_request
from fen.wire.sse import DONE, EventDecoder

_RENAMED = {
    "max_completion_tokens": "max_output_tokens",
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
}
"""Members under the name that the client knows them by, for the errors that name them."""


async def respond(body: bytes, answer: Callable[[Request], Awaitable[Reply]]) -> Reply:
    """Answer the body of `POST /v1/responses`; `answer` answers a chat completions request.

    Raises FenError, in the words of the Responses format.
    """
    ask = read_ask(body)
    try:
        reply = await answer(parse_request("openai.chat", ask.chat))
    except FenError as error:
        _rename(error)
        raise
    request_id = dict(reply.headers).get("x-fen-request-id", "")
    if reply.rest is None:
        return replace(reply, body=write_answer(reply.body, ask, request_id))
    rest = _frames(reply.body, reply.rest, EventWriter(ask, request_id))
    return replace(reply, body=await anext(rest), rest=rest)


async def _frames(
    first: bytes, rest: AsyncGenerator[bytes, None], writer: EventWriter
) -> AsyncGenerator[bytes, None]:
    """Yield what the client gets; however it ends, the call underneath is closed, which settles it."""
    decoder = EventDecoder()
    try:
        if begun := _translate(decoder.feed(first), writer):
            yield begun
        async for piece in rest:
            if writer.ended:
                break
            if frames := _translate(decoder.feed(piece), writer):
                yield frames
        if not writer.ended:
            yield writer.fail(UpstreamFailed("the answer broke off before its end"))
    finally:
        await rest.aclose()


def _translate(payloads: list[bytes], writer: EventWriter) -> bytes:
    frames: list[bytes] = []
    for payload in payloads:
        if writer.ended:
            break
        try:
            frames.append(writer.close() if payload == DONE else writer.feed(payload))
        except UpstreamFailed as error:
            frames.append(writer.fail(error))
    return b"".join(frames)


def _rename(error: FenError) -> None:
    member, dot, below = (error.param or "").partition(".")
    known = _RENAMED.get(member)
    if known is None:
        return
    error.param = f"{known}{dot}{below}"
    if error.message.startswith(member):
        error.message = known + error.message[len(member) :]
