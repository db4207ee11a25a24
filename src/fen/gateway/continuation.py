"""Answers longer than a model gives at once: one stream, one finish, one usage, over several calls."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import msgspec

from fen.gateway.pieces import read_piece
from fen.gateway.stitch import ContinuationPlan, Stitch
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import BudgetExceeded, ContextLengthExceeded, FenError, RateLimited, UpstreamRejected
from fen.wire.request import Request

Ask = Callable[[Request, int], Awaitable[Stream]]
"""Calls the upstream for a segment, by its request and its number (2 is the first that is asked for)."""

AskWhole = Callable[[Request, int], Awaitable[Whole]]
"""The same for whole answers."""

_NO_ROOM = ("budget_exceeded", "budget_busy", "context_length_exceeded")


def continued(first: Stream, ask: Ask, plan: ContinuationPlan) -> Stream:
    """Return the answer as one stream; closing it closes the segment that is open, begun or not."""
    return Stream(_Continued(first, ask, plan))


async def continue_stream(first: Stream, ask: Ask, plan: ContinuationPlan) -> AsyncGenerator[Event, None]:
    """Yield the events of an answer that goes on past one call's output limit.

    It ends when the model does, when `plan.total` or `plan.max_segments` is reached, when two segments in a
    row add nothing, when a tool is called, or when `ask` says that the budget or the context window has no
    room for more: then with finish_reason `length` and what there is. Each segment is billed; where one did
    not report its usage, the sum has the flag `segment_usage_estimated`. Raises what the upstream and `ask`
    raise, after all text that came.
    """
    stitch = Stitch(plan)
    async with aclosing(_run(stitch, first, ask)) as events:
        try:
            async for event in events:
                if event is not None:
                    yield event
        except FenError:
            rest = stitch.flush()
            if rest is not None:
                yield rest
            raise


async def continue_whole(first: Whole, ask: AskWhole, plan: ContinuationPlan) -> Whole:
    """Return a whole answer that goes on past one call's output limit; it keeps the first one's members.

    Ends and raises as `continue_stream` does.
    """
    asked: list[Whole] = []

    async def ask_stream(request: Request, number: int) -> Stream:
        asked.append(await ask(request, number))
        return Stream(_Spread(asked[-1]))

    text: list[str] = []
    produced = 0
    finish: str | None = None
    report: Event | None = None
    async for event in continue_stream(Stream(_Spread(first)), ask_stream, plan):
        produced += event.produced
        finish = event.finish or finish
        if event.bare:
            report = event
        else:
            text.append(read_piece(event.data).text)
    if report is None or not asked:
        return first
    tree: dict[str, Any] = msgspec.json.decode(first.body)
    choice = tree["choices"][0]
    choice["message"]["content"] = "".join(text)
    choice["finish_reason"] = finish
    tree["usage"] = msgspec.json.decode(report.data)["usage"]
    return Whole(msgspec.json.encode(tree), report.usage, report.flags, produced)


async def _run(stitch: Stitch, first: Stream, ask: Ask) -> AsyncGenerator[Event | None, None]:
    """Yield what goes out for each step, None where nothing does; closes every segment that it read."""
    events = first.events
    try:
        while True:
            async for event in events:
                yield stitch.see(event)
                if stitch.cut:
                    break
            await events.aclose()
            yield stitch.close_segment()
            request = stitch.next_request()
            segment = None if request is None else await _ask(ask, request, stitch.segments + 1)
            if segment is None:
                break
            events = segment.events
            stitch.open_segment()
    finally:
        await events.aclose()
    yield stitch.flush()
    for event in stitch.finish():
        yield event


async def _ask(ask: Ask, request: Request, number: int) -> Stream | None:
    """Call for a segment; None where there is no room for it."""
    try:
        return await ask(request, number)
    except (BudgetExceeded, ContextLengthExceeded, RateLimited, UpstreamRejected) as refusal:
        if refusal.code in _NO_ROOM:
            return None
        raise


class _Continued:
    """The events of a continued answer; closing it before the first one closes the first segment too."""

    def __init__(self, first: Stream, ask: Ask, plan: ContinuationPlan) -> None:
        self._first = first.events
        self._events = continue_stream(first, ask, plan)

    def __aiter__(self) -> _Continued:
        return self

    async def __anext__(self) -> Event:
        return await anext(self._events)

    async def aclose(self) -> None:
        await self._events.aclose()
        await self._first.aclose()


class _Spread:
    """A whole answer as the events of a stream: its text, its finish, its usage."""

    def __init__(self, whole: Whole) -> None:
        self._events = iter(_spread(whole))

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        event = next(self._events, None)
        if event is None:
            raise StopAsyncIteration
        return event

    async def aclose(self) -> None:
        self._events = iter(())


def _spread(whole: Whole) -> list[Event]:
    tree: dict[str, Any] = msgspec.json.decode(whole.body)
    head = {name: tree[name] for name in ("id", "created", "model") if name in tree}
    head["object"] = "chat.completion.chunk"
    choice: dict[str, Any] = tree["choices"][0] if tree.get("choices") else {}
    finish: str = choice.get("finish_reason") or "stop"
    said: dict[str, Any] = {"index": 0, "delta": choice.get("message") or {}, "finish_reason": None}
    done: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": finish}
    events = [
        Event(msgspec.json.encode(head | {"choices": [said]}), whole.produced),
        Event(msgspec.json.encode(head | {"choices": [done]}), finish=finish),
    ]
    if whole.usage is not None:
        report = msgspec.json.encode(head | {"choices": [], "usage": tree.get("usage")})
        events.append(Event(report, usage=whole.usage, flags=whole.flags, bare=True))
    return events
