"""Log probabilities that a cascade asks for and its client did not: they are looked at, and not told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from msgspec.structs import replace

from fen.gateway.call import Call, Candidate, Parts
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.request import ChatRequest, Request, parse_request

_Tree = dict[str, msgspec.Raw]

_decode_tree = msgspec.json.Decoder(_Tree).decode
_decode_choices = msgspec.json.Decoder(list[_Tree]).decode
_encode = msgspec.json.Encoder().encode
_MEMBER = "logprobs"


def can_ask(call: Call, parts: Parts, candidate: Candidate) -> bool:
    """Whether a candidate may be asked for them: it speaks OpenAI's format, as its client does.

    Not where the client asked for them itself, nor where the answer takes several calls, whose tokens do not
    end where they are joined.
    """
    view = call.request.view
    if not isinstance(view, ChatRequest) or view.logprobs:
        return False
    asked, most = view.output_limit, candidate.limits.output
    several = asked is not None and most is not None and asked > most
    return not several and parts.upstreams[candidate.card.upstream].format == "openai"


def ask(request: Request) -> Request:
    """Return a request that asks for them."""
    return parse_request(request.format, request.edit({_MEMBER: True}).to_bytes())


def leave_out(answer: Whole | Stream) -> Whole | Stream:
    """Return an answer without them, all else as it was."""
    if isinstance(answer, Whole):
        return replace(answer, body=_leave_out(answer.body))
    return Stream(_Silent(answer.events))


class _Silent:
    """Events without them."""

    def __init__(self, source: Events) -> None:
        self._source = source

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        event = await anext(self._source)
        return replace(event, data=_leave_out(event.data))

    async def aclose(self) -> None:
        await self._source.aclose()


def _leave_out(data: bytes) -> bytes:
    if b'"logprobs"' not in data:
        return data
    try:
        tree = _decode_tree(data)
        choices = _decode_choices(tree["choices"])
    except (msgspec.DecodeError, KeyError):  # what it is instead, its client is to see
        return data
    for choice in choices:
        choice.pop(_MEMBER, None)
    return _encode(tree | {"choices": msgspec.Raw(_encode(choices))})
