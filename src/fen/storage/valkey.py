"""Valkey (or Redis): scripts that several replicas run against one server, and what to do while it is away.

What is kept there expires and can be made anew: rates, slots, caches. The truth about money is in SQL.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError, RedisError, ResponseError

from fen.storage.valkey_url import make_client

Reply = list[int]
"""What a script returns: whole numbers."""

_BATCH = 256
_log = logging.getLogger("fen.storage")


class Unavailable(Exception):
    """Valkey did not answer in time, or refused: whoever asked goes on without it."""


class Script:
    """A Lua script; the server runs it as one atomic step."""

    def __init__(self, source: str) -> None:
        self.source = source
        # Not for security: it is the name under which the server keeps a script.
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


_Job = tuple[Script, tuple[str, ...], "asyncio.Future[Reply] | None"]


class Valkey:
    """A client of one server (or of the address behind which a primary and its replicas stand; no cluster).

    Scripts run in the order in which they were queued; what is queued while others are under way goes out
    in one write. After a failure nothing waits for the server again until a probe, sent every `pause`
    seconds, was answered; `run` raises Unavailable at once. Nothing is sent twice: a script whose answer got
    lost may have run. Used by one event loop.

    url: `valkey://`, `redis://`, with TLS `valkeys://`, `rediss://`, or `unix://PATH`. timeout: seconds that
    an answer may take. Raises ConfigError for a URL that is none of these.
    """

    def __init__(self, url: str, *, timeout: float = 0.5, pause: float = 1.0) -> None:
        self._client = make_client(url, timeout)
        self._timeout = timeout
        self._pause = pause
        self._scripts: dict[str, Script] = {}
        self._queue: deque[_Job] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None
        self._fault: str | None = None
        self._closed = False

    @property
    def available(self) -> bool:
        """Whether the server answered when it was last asked (or was not asked yet)."""
        return self._fault is None

    def script(self, source: str) -> Script:
        """Return a script for `run` and `post`; once, at the start."""
        script = Script(source)
        return self._scripts.setdefault(script.sha, script)

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[object]) -> Reply:
        """Run a script and return what it returns; raises Unavailable.

        Cancelling does not undo it: it was queued, and runs.
        """
        if self._fault is not None or self._closed:
            raise Unavailable(self._fault or "found a closed client, expected an open one")
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._push(script, keys, args, future)
        return await future

    def post(self, script: Script, keys: Sequence[str], args: Sequence[object]) -> None:
        """Queue a script whose end nobody waits for; while the server is away it is dropped."""
        if self._fault is None and not self._closed:
            self._push(script, keys, args, None)

    async def check(self) -> None:
        """Ask the server whether it is there, also during a pause; raises Unavailable."""
        if self._closed:
            raise Unavailable("found a closed client, expected an open one")
        try:
            async with asyncio.timeout(self._timeout):
                await self._client.execute_command("PING")  # pyright: ignore[reportUnknownMemberType]  untyped there
        except Exception as error:  # whatever the client raises, the server is not there
            self._go_down(error)
            raise Unavailable(self._fault) from error
        self._come_up()

    async def close(self) -> None:
        """Send what is queued, then let go of the connections; may be called twice."""
        self._closed = True
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait([self._probe])
        while self._sender is not None:
            await self._sender
        await self._client.aclose()

    def _push(
        self,
        script: Script,
        keys: Sequence[str],
        args: Sequence[object],
        future: asyncio.Future[Reply] | None,
    ) -> None:
        self._queue.append((script, (str(len(keys)), *keys, *map(str, args)), future))
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        """Send until nothing is queued; one batch at a time, which keeps the order."""
        batch: list[_Job] = []
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))]
                async with asyncio.timeout(self._timeout):
                    replies = await self._execute(batch)
                for job, reply in zip(batch, replies, strict=True):
                    _resolve(job, reply)
                batch = []
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait must be told
            self._go_down(error)
        finally:
            self._sender = None
            for job in [*batch, *self._queue]:
                _resolve(job, Unavailable(self._fault or "found a client that is being closed"))
            self._queue.clear()

    async def _execute(self, batch: list[_Job]) -> list[Any]:
        replies = await self._ask([("EVALSHA", job[0].sha, *job[1]) for job in batch])
        unknown = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:  # a server that just started; all scripts at once, so that no job overtakes another
            loads = [("SCRIPT LOAD", script.source) for script in self._scripts.values()]
            again = [("EVALSHA", batch[place][0].sha, *batch[place][1]) for place in unknown]
            answers = (await self._ask(loads + again))[len(loads) :]
            for place, answer in zip(unknown, answers, strict=True):
                replies[place] = answer
        return replies

    async def _ask(self, commands: Sequence[tuple[str, ...]]) -> list[Any]:
        """Return a reply or the server's error for each command, in order; raises where there was none."""
        if len(commands) == 1:  # a pipeline of one would cost half as much again
            try:
                reply = await self._client.execute_command(*commands[0])  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  untyped there
            except ResponseError as error:
                return [error]
            return [reply]
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # pyright: ignore[reportUnknownMemberType]  untyped there
            return await pipe.execute(raise_on_error=False)

    def _go_down(self, error: Exception) -> None:
        if self._fault is None:
            _log.warning("Valkey is away: %s", _describe(error))
        self._fault = f"found no answer from Valkey ({_describe(error)}), expected one"
        if self._probe is None and not self._closed:
            self._probe = asyncio.get_running_loop().create_task(self._wait_for_server())

    def _come_up(self) -> None:
        if self._fault is not None:
            _log.warning("Valkey is back")
        self._fault = None

    async def _wait_for_server(self) -> None:
        try:
            while self._fault is not None:
                await asyncio.sleep(self._pause)
                try:
                    await self.check()
                except Unavailable:
                    continue
        finally:
            self._probe = None


def _resolve(job: _Job, reply: Any) -> None:
    future = job[2]
    if future is None or future.done():
        if isinstance(reply, RedisError):
            _log.warning("a script in Valkey failed: %s", _describe(reply))
        return
    if isinstance(reply, Unavailable):
        future.set_exception(reply)
    elif isinstance(reply, Exception):
        future.set_exception(Unavailable(f"found a refusal of Valkey ({_describe(reply)}), expected none"))
    else:
        future.set_result(reply)


def _describe(error: Exception) -> str:
    """Return an error's first line, or its kind where it says nothing."""
    return str(error).partition("\n")[0] or type(error).__name__
