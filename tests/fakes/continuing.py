"""An upstream that would give one long answer, had it no output limit: it continues it however it is asked.

Its tokens are a fixed number of bytes, so that a limit may cut a character in half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

import msgspec

from fen.gateway.continuation import ContinuationPlan, continue_stream
from fen.gateway.segment import TURN_AFTER, TURN_BEFORE
from fen.wire.answer import Event, Stream
from fen.wire.request import Request, parse_request
from fen.wire.usage import Usage

Behaviour = Callable[[str, str, str], str]
"""What it replies to a turn: from what it said, the anchor, and what is left to say."""

BEHAVIOURS: dict[str, Behaviour] = {
    "anchor": lambda said, anchor, rest: anchor + rest,
    "nothing": lambda said, anchor, rest: rest,
    "longer": lambda said, anchor, rest: said[-len(anchor) - 70 :] + rest,
    "shorter": lambda said, anchor, rest: anchor[-len(anchor) // 3 :] + rest,
    "preamble": lambda said, anchor, rest: f"Sure, here is the continuation:\n\n{anchor}{rest}",
    "fence": lambda said, anchor, rest: f"```python\n{anchor}{rest}",
    "bare fence": lambda said, anchor, rest: f"```python\n{rest}",
    "restart": lambda said, anchor, rest: said + rest,
}


class Events:
    """Events of a list; `closed` once they were let go of."""

    def __init__(self, events: Sequence[Event | BaseException]) -> None:
        self._events = iter(events)
        self.closed = False

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        event = next(self._events, None)
        if event is None or self.closed:
            raise StopAsyncIteration
        if isinstance(event, BaseException):
            raise event
        return event

    async def aclose(self) -> None:
        self.closed = True


class Teller:
    """Tells `full`, at most as many tokens a call as it is asked for.

    token: bytes of a token. cuts: characters of the chunks, over and over. behaviour: its replies to a turn.
    echoes: what it continues, it says again first.
    """

    def __init__(
        self,
        full: str,
        *,
        token: int = 3,
        cuts: Sequence[int] = (5,),
        behaviour: str = "anchor",
        echoes: bool = False,
    ) -> None:
        self.full = full
        self.asked: list[dict[str, Any]] = []
        self.streams: list[Events] = []
        self.usages: list[Usage] = []
        self._token, self._cuts, self._echoes = token, cuts, echoes
        self._reply = BEHAVIOURS[behaviour]

    async def ask(self, request: Request, number: int) -> Stream:
        assert number == len(self.asked) + 1
        return self.tell(request)

    def tell(self, request: Request) -> Stream:
        body = msgspec.json.decode(request.to_bytes())
        self.asked.append(body)
        limit = body.get("max_completion_tokens") or body["max_tokens"]
        if self._echoes:  # what it echoes is no output
            limit += len(body["messages"][-1]["content"].encode()) if len(body["messages"]) > 1 else 0
        reply, finish = self._write(body["messages"], limit)
        words = sum(len(message["content"]) for message in body["messages"]) // 4
        tokens = min(limit, -(-len(reply.encode()) // self._token))
        self.usages.append(Usage(input=words, output=tokens))
        self.streams.append(Events(list(chunks(reply, finish, self.usages[-1], self._cuts, len(self.asked)))))
        return Stream(self.streams[-1])

    def _write(self, messages: list[dict[str, Any]], limit: int) -> tuple[str, str]:
        reply = self._go_on(messages).encode()
        cut = reply[: limit * self._token]
        return cut.decode("utf-8", "replace"), "length" if len(cut) < len(reply) else "stop"

    def _go_on(self, messages: list[dict[str, Any]]) -> str:
        if len(messages) == 1:
            return self.full
        last = messages[-1]
        if last["role"] == "assistant":
            assert self.full.startswith(last["content"])
            return self.full if self._echoes else self.full[len(last["content"]) :]
        said = messages[-2]["content"]
        anchor = last["content"][len(TURN_BEFORE) : -len(TURN_AFTER)]
        assert said.endswith(anchor)
        return self._reply(said, anchor, self.full[len(said) :])


def chunks(reply: str, finish: str, usage: Usage, cuts: Sequence[int], number: int = 1) -> Iterator[Event]:
    """The reply as a stream's events, its id and the time of its own."""
    yield _event({"role": "assistant", "content": ""}, number)
    sizes, at = cycle(cuts), 0
    while at < len(reply):
        piece = reply[at : at + next(sizes)]
        at += len(piece)
        yield _event({"content": piece}, number)
    yield _event({}, number, finish)
    report = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
    yield Event(msgspec.json.encode(_head(number) | {"choices": [], "usage": report}), usage=usage, bare=True)


def _head(number: int) -> dict[str, Any]:
    return {
        "id": f"chat-{number}",
        "object": "chat.completion.chunk",
        "created": 1_764_000_000 + number,
        "model": "teller",
    }


def _event(delta: dict[str, Any], number: int, finish: str | None = None) -> Event:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    produced = len(delta.get("content", "").encode())
    return Event(msgspec.json.encode(_head(number) | {"choices": [choice]}), produced, finish=finish)


def chat(**members: Any) -> Request:
    """A request with one user's message."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Tell me."}], **members}
    return parse_request("openai.chat", msgspec.json.encode(body))


class Told:
    """A stitched stream, read to its end."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.trees = [msgspec.json.decode(event.data) for event in events]
        self.choices = [choice for tree in self.trees for choice in tree["choices"]]
        self.text = "".join(choice["delta"].get("content") or "" for choice in self.choices)
        self.finishes = [choice["finish_reason"] for choice in self.choices if choice["finish_reason"]]
        self.reports = [event for event in events if event.usage is not None]


async def tell_all(teller: Teller, plan: ContinuationPlan) -> Told:
    """Ask the teller for its answer, in as many segments as it takes."""
    from fen.gateway.segment import limit_output

    most = plan.limit if plan.total is None else min(plan.limit, plan.total)
    first = teller.tell(limit_output(plan.request, most))
    return Told([event async for event in continue_stream(first, teller.ask, plan)])
