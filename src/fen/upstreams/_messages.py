"""What an upstream that speaks Anthropic's Messages format answers, read into values beside its own bytes."""

from __future__ import annotations

from typing import Annotated

import msgspec

from fen.upstreams._reading import EventReader, read_error
from fen.wire.answer import Event, Whole
from fen.wire.anthropic import (
    Answer,
    AnthropicUsage,
    StreamEvent,
    count_written,
    merge_usage,
    read_anthropic_usage,
    read_finish,
)
from fen.wire.errors import UpstreamFailed


class _Count(msgspec.Struct, frozen=True):
    input_tokens: Annotated[int, msgspec.Meta(ge=0)]


_decode_count = msgspec.json.Decoder(_Count).decode
_decode_answer = msgspec.json.Decoder(Answer).decode
_decode_event = msgspec.json.Decoder(StreamEvent).decode


def read_message(body: bytes) -> Whole:
    """Read a whole answer.

    Raises UpstreamFailed for what is none: an error object with status 200 among them.
    """
    try:
        answer = _decode_answer(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found an answer that is not Anthropic's ({error})") from None
    if answer.error is not None or answer.content is None:
        raise UpstreamFailed(f"found no answer, expected one: {read_error(body, 200).message}")
    produced = sum(count_written(block) for block in answer.content)
    if answer.usage is None:
        return Whole(body, None, (), produced)
    reading = read_anthropic_usage(answer.usage)
    return Whole(body, reading.usage, reading.flags, produced)


def read_count(body: bytes) -> int:
    """Read what count_tokens answers; raises UpstreamFailed for what is none."""
    try:
        return _decode_count(body).input_tokens
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found no count of tokens ({error}), expected input_tokens") from None


class MessageEvents(EventReader):
    """The events of a streamed answer; its end is `message_stop`, and `message_delta` has usage and finish.

    The finish is in OpenAI's words (fen.wire.anthropic.read_finish).
    """

    _begun: AnthropicUsage | None = None
    _stopped = False

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises UpstreamFailed where the stream breaks or is not Anthropic's, UpstreamTimeout on a deadline.
        """
        try:
            if self._stopped:
                self._end()
            while not self._payloads:
                if self._ended:
                    raise StopAsyncIteration
                await self._receive()
            event = self._read(self._payloads.popleft())
        except StopAsyncIteration:
            raise
        except BaseException:
            await self.aclose()
            raise
        return event if self._quiet is None else self._look_for_content(event)

    def _read(self, payload: bytes) -> Event:
        try:
            event = _decode_event(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamFailed(f"found an event that is not Anthropic's ({error})") from None
        kind = event.type
        if kind == "content_block_delta" and event.delta is not None:
            return Event(payload, count_written(event.delta))
        if kind == "content_block_start" and event.content_block is not None:
            return Event(payload, count_written(event.content_block))
        if kind == "error":
            raise UpstreamFailed(read_error(payload, 200).message)
        if kind == "message_start" and event.message is not None:
            self._begun = event.message.usage
        elif kind == "message_delta":
            return self._read_end(payload, event)
        elif kind == "message_stop":
            self._stopped = True
        return Event(payload)

    def _read_end(self, payload: bytes, event: StreamEvent) -> Event:
        finish = read_finish(event.delta.stop_reason if event.delta else None)
        self._finished = self._finished or finish is not None
        if event.usage is None:
            return Event(payload, finish=finish)
        self._begun = merge_usage(self._begun, event.usage)
        reading = read_anthropic_usage(self._begun)
        return Event(payload, 0, reading.usage, reading.flags, finish)
