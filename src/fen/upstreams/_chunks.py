"""What OpenAI's clients expect of chunks and llama.cpp's server does otherwise."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from fen.wire.answer import Event, Stream, Whole
from fen.wire.usage import Usage

Json = dict[str, Any]

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


async def gather(stream: Stream) -> Whole:
    """Read a stream to its end and put its chunks together; members that are not known keep their last value.

    Raises what the stream raises; closing it when this is cancelled ends the call.
    """
    answer: Json = {}
    choices: dict[int, Json] = {}
    produced = 0
    usage: Usage | None = None
    flags: tuple[str, ...] = ()
    async with aclosing(stream.events) as events:
        async for event in events:
            chunk: Json = msgspec.json.decode(event.data)
            for choice in chunk.pop("choices", None) or ():
                _add_choice(choices, choice)
            answer |= chunk
            produced += event.produced
            if event.usage is not None:
                usage, flags = event.usage, event.flags
    answer |= {"object": "chat.completion", "choices": [choices[index] for index in sorted(choices)]}
    return Whole(msgspec.json.encode(answer), usage, flags, produced)


def report_once(stream: Stream) -> Stream:
    """Return the stream with one report of usage at the end, in place of one for each choice.

    The choices' output is added up; the input was read once for all of them.
    """
    return Stream(_Merged(stream))


class _Merged:
    """Events of a stream whose reports are merged; closing it before the first one closes the stream too."""

    def __init__(self, stream: Stream) -> None:
        self._source = stream.events
        self._events = _merge(stream)

    def __aiter__(self) -> _Merged:
        return self

    async def __anext__(self) -> Event:
        return await anext(self._events)

    async def aclose(self) -> None:
        await self._events.aclose()
        await self._source.aclose()


async def _merge(stream: Stream) -> AsyncGenerator[Event, None]:
    last: Event | None = None
    report: Json = {}
    async with aclosing(stream.events) as events:
        async for event in events:
            if event.usage is None or not event.bare:
                yield event
                continue
            found: Json = msgspec.json.decode(event.data)
            written = report.get("usage", {}).get("completion_tokens", 0)
            found["usage"]["completion_tokens"] += written
            found["usage"]["total_tokens"] += written
            usage = (
                event.usage if last is None or last.usage is None else _add_output(event.usage, last.usage)
            )
            last, report = msgspec.structs.replace(event, usage=usage), found
    if last is not None:
        yield msgspec.structs.replace(last, data=msgspec.json.encode(report))


def _add_output(usage: Usage, more: Usage) -> Usage:
    output, reasoning = usage.output + more.output, usage.reasoning + more.reasoning
    return msgspec.structs.replace(usage, output=output, reasoning=reasoning)


def _add_choice(choices: dict[int, Json], piece: Json) -> None:
    index: int = piece.get("index", 0)
    choice = choices.setdefault(index, {"index": index, "message": {"role": "assistant", "content": None}})
    _add_delta(choice["message"], piece.pop("delta", None) or {})
    logprobs: Json | None = piece.pop("logprobs", None)
    if logprobs is not None:
        _add_logprobs(choice.setdefault("logprobs", {}), logprobs)
    choice |= {name: value for name, value in piece.items() if value is not None or name not in choice}


def _add_delta(message: Json, delta: Json) -> None:
    for name, value in delta.items():
        if name == "tool_calls":
            for call in value or ():
                _add_call(message.setdefault("tool_calls", []), call)
        elif name in _TEXTS and isinstance(value, str):
            message[name] = (message.get(name) or "") + value
        elif value is not None:
            message[name] = value


def _add_call(calls: list[Json], piece: Json) -> None:
    index: int = piece.pop("index", 0)
    while len(calls) <= index:
        calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
    function: Json = piece.pop("function", None) or {}
    calls[index] |= piece
    for name in ("name", "arguments"):
        calls[index]["function"][name] += function.get(name) or ""


def _add_logprobs(whole: Json, piece: Json) -> None:
    for name, value in piece.items():
        if isinstance(value, list):
            whole[name] = [*(whole.get(name) or []), *value]
        elif name not in whole:
            whole[name] = value
