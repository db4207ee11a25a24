"""Calls of a client that blocks: each in a thread of its own, handed over piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

THREAD_NAME = "fen-vendor"

_AHEAD = 16
"""Pieces that a thread reads ahead of a slow reader."""

Kind = Literal["whole", "stream", "piece", "end", "error"]
Work = Callable[[], Awaitable[Any]]


class Tap:
    """Where a call's stream is kept, so that another thread can end it."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._shut = False

    def hold(self, stream: Any) -> None:
        """Keep the stream; one that comes after `shut` is ended at once."""
        self._stream = stream
        if self._shut:
            self.shut()

    def close(self) -> None:
        """Let go of the stream, in the thread that reads it."""
        if self._stream is not None:
            self._stream.close()

    def shut(self) -> None:
        """End the stream: the socket under it gives no more, which wakes the thread that reads it."""
        self._shut = True
        raw = getattr(self._stream, "_raw_stream", None)
        with contextlib.suppress(ValueError, RuntimeError, OSError):  # it has ended by itself
            if raw is not None:
                raw.shutdown()


class TappedClient:
    """AWS' client, whose streams go into the tap that a call brings along."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def converse(self, *, fen_tap: Tap, **members: Any) -> Any:
        """Return a whole answer."""
        del fen_tap  # there is no handle on a call before its headers
        return self._client.converse(**members)

    def converse_stream(self, *, fen_tap: Tap, **members: Any) -> Any:
        """Return a stream."""
        answer = self._client.converse_stream(**members)
        fen_tap.hold(answer["stream"])
        return answer


class ThreadCall:
    """One call; after `start` it is the stream's iterator, where the answer is a stream."""

    def __init__(self, tap: Tap) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[tuple[Kind, Any]] = asyncio.Queue(_AHEAD)
        self._tap = tap
        self._closed = False

    async def start(self, work: Work) -> Any:
        """Do the work; returns its answer, or this object for a stream. Raises what the work raises."""
        threading.Thread(target=self._run, args=(work,), name=THREAD_NAME, daemon=True).start()
        try:
            kind, value = await self._pieces.get()
        except BaseException:
            await self.aclose()
            raise
        if kind == "error":
            raise value
        return self if kind == "stream" else value

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        """Return the next piece; raises what the thread met."""
        kind, value = await self._pieces.get()
        if kind == "error":
            raise value
        if kind == "end":
            raise StopAsyncIteration
        return value

    async def aclose(self) -> None:
        """End the call; its thread ends with it."""
        self._closed = True
        self._tap.shut()
        while not self._pieces.empty():  # a thread that waits for room goes on, and sees that it is closed
            self._pieces.get_nowait()

    # In the thread

    def _run(self, work: Work) -> None:
        loop = _InlineLoop()
        try:
            loop.run_until_complete(self._work(work))
        finally:
            self._tap.close()
            loop.close()

    async def _work(self, work: Work) -> None:
        with contextlib.suppress(_Closed, RuntimeError):  # RuntimeError: the server's loop has ended
            try:
                answer = await work()
                if not hasattr(answer, "__aiter__"):
                    self._hand_over("whole", answer)
                    return
                self._hand_over("stream", None)
                async for piece in answer:
                    self._hand_over("piece", piece)
                self._hand_over("end", None)
            except _Closed:
                raise
            except Exception as error:  # noqa: BLE001 (it is raised where the call is waited for)
                self._hand_over("error", error)

    def _hand_over(self, kind: Kind, value: Any) -> None:
        if self._closed:
            raise _Closed
        handed = self._pieces.put((kind, value))
        try:
            asyncio.run_coroutine_threadsafe(handed, self._loop).result()
        except RuntimeError:
            handed.close()
            raise


class _Closed(Exception):
    """Nobody reads any more."""


class _InlineLoop(asyncio.SelectorEventLoop):
    """A loop whose executor is its own thread: nothing else runs in it, and no pool is left at the end."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Call the function here and now."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 (it is raised where the future is waited for)
            done.set_exception(error)
        return done
