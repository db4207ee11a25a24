"""What any-llm's providers stream, as OpenAI's chunks, within the deadlines."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import msgspec

from fen.upstreams._any_llm_errors import translate
from fen.upstreams._reading import read_event
from fen.wire.answer import Event
from fen.wire.errors import UpstreamFailed, UpstreamTimeout
from fen.wire.ports import Deadlines

Json = dict[str, Any]


class Clock:
    """The deadlines of one call, from now on.

    The vendors' clients tell nothing of their connections, so that connecting is part of the first content.
    """

    def __init__(self, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._end = now + deadlines.total
        self._first = min(now + deadlines.first, self._end)
        self._between = deadlines.between
        self._content = False

    def content_came(self) -> None:
        """Count from now on the time between pieces."""
        self._content = True

    async def wait(self, work: Awaitable[Any]) -> Any:
        """Wait for a piece of the answer; raises UpstreamTimeout."""
        due = min(self._loop.time() + self._between, self._end) if self._content else self._first
        timer = asyncio.timeout_at(due)
        try:
            async with timer:
                return await work
        except TimeoutError:
            if not timer.expired():
                raise
            message = f"the upstream's deadline for {self._lacking(due)} passed"
            raise UpstreamTimeout(message) from None

    def _lacking(self, due: float) -> str:
        if due >= self._end:
            return "the whole answer"
        return "its next bytes" if self._content else "its first content"


class ProviderEvents:
    """A stream's events; `begin` sends the request, for the vendors' clients do so with the first piece."""

    def __init__(self, source: AsyncIterator[Any], clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._writer = ChunkWriter()
        self._ready: deque[Event] = deque()
        self._begun = self._finished = self._ended = False

    async def begin(self) -> ProviderEvents:
        """Wait for the first piece.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        await self._receive()
        return self

    def __aiter__(self) -> ProviderEvents:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises UpstreamFailed where the stream breaks, UpstreamTimeout on a deadline.
        """
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            await self._receive()
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Abort the call; nothing happens after the last event."""
        self._ready.clear()
        if not self._ended:
            self._ended = True
            close: Any = getattr(self._source, "aclose", None)
            if close is not None:
                await close()

    async def _receive(self) -> None:
        try:
            chunk = await self._clock.wait(anext(self._source))
            self._take(self._writer.write(chunk))
        except StopAsyncIteration:
            self._take(self._writer.close())
            self._ended = True
            if not self._finished:
                raise UpstreamFailed("the upstream's stream ended before its answer did") from None
        except Exception as error:  # noqa: BLE001 (the clients of some fifty vendors raise what they like)
            await self.aclose()
            raise translate(error, begun=self._begun) from None
        except BaseException:
            await self.aclose()
            raise
        self._begun = True

    def _take(self, chunks: list[Json]) -> None:
        for chunk in chunks:
            event = read_event(msgspec.json.encode(chunk))
            if event.finish is not None:
                self._finished = True
            if event.produced or event.finish is not None:
                self._clock.content_came()
            self._ready.append(event)


class ChunkWriter:
    """Makes any-llm's chunks what OpenAI's clients expect: one id, one finish for each choice, usage last."""

    def __init__(self) -> None:
        self._head: Json | None = None
        self._finishing: dict[int, str] = {}
        self._usage: Json | None = None

    def write(self, chunk: Any) -> list[Json]:
        """Return what goes out for a chunk; a finish and usage wait for the end, for some tell them twice."""
        tree: Json = chunk.model_dump(mode="json", exclude_none=True, warnings=False)
        head = self._keep_head(tree)
        self._usage = tree.pop("usage", None) or self._usage
        choices: list[Json] = []
        for choice in tree.get("choices") or ():
            finish = choice.pop("finish_reason", None)
            if finish is not None:
                self._finishing[choice.get("index", 0)] = finish
            if choice.get("delta"):
                choices.append(choice | {"finish_reason": None})
        return [tree | head | {"choices": choices}] if choices else []

    def close(self) -> list[Json]:
        """Return the end: each choice's finish, then the usage."""
        if self._head is None:
            return []
        chunks: list[Json] = []
        if self._finishing:
            ends = [_end(index, finish) for index, finish in sorted(self._finishing.items())]
            chunks.append(self._head | {"choices": ends})
        if self._usage:
            chunks.append(self._head | {"choices": [], "usage": self._usage})
        return chunks

    def _keep_head(self, tree: Json) -> Json:
        if self._head is None:
            self._head = {
                "id": tree.get("id") or "chatcmpl-fen",
                "object": "chat.completion.chunk",
                "created": tree.get("created") or int(time.time()),
                "model": tree.get("model") or "",
            }
        return self._head


def _end(index: int, finish: str) -> Json:
    return {"index": index, "delta": {}, "finish_reason": finish}
