"""The embedded model: llama.cpp in a child process of its own, spoken to like any other upstream.

A native crash takes the child and the calls that run in it, and no other upstream's stream. A process that
serves has a child of its own for each embedded model, several workers of one server have one together; it
starts with the first call.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fen.upstreams._child import Child, start_child
from fen.upstreams._child_settings import CacheType, ChildSettings
from fen.upstreams._chunks import gather, report_once
from fen.upstreams._commons import Commons, Place, answers
from fen.upstreams._cores import choose_threads
from fen.upstreams.openai import Dialect, OpenAIUpstream
from fen.wire.answer import Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected
from fen.wire.message import ImagePart
from fen.wire.ports import Outbound, Speech
from fen.wire.request import ChatRequest, Request

_log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "fen.upstreams._embedded_child")

_STEADY_SECONDS = 30.0  # a child that lived so long did not fail to start
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_PATIENCE = 5.0  # a pause that a call waits out; longer ones are told at once
_DYING_SECONDS = 1.0  # between a refused connection and the news of the child's end

# llama.cpp's own names for limits that Fen has checked under OpenAI's names; they would win over those.
_OVERRIDING = ("n_predict", "n_cmpl", "id_slot", "t_max_predict_ms", "lora")


class EmbeddedSettings(msgspec.Struct, frozen=True):
    """How an embedded model runs.

    name: of its log file. model: a GGUF file; None takes what `weights` returns. mmproj: the file that lets
    it see. context_length: tokens of each of the `slots`, which answer at once. threads: None chooses.
    gpu_layers: None leaves it to llama.cpp. cache_type: how keys and values are kept. flash_attention: None
    leaves it to llama.cpp. start_seconds: how long it may take to load.
    """

    name: str
    model: Path | None = None
    mmproj: Path | None = None
    context_length: int = 8192
    slots: int = 4
    threads: int | None = None
    gpu_layers: int | None = None
    embeddings: bool = True
    loras: tuple[Path, ...] = ()
    cache_type: CacheType = "f16"
    flash_attention: bool | None = None
    start_seconds: float = 120.0


class EmbeddedUpstream:
    """An Upstream whose server is a child process.

    logs: the folder for the child's standard error. weights: returns the GGUF file where the settings name
    none; it may block. command: the program to run. commons: what shares the child among workers; without
    it this process has its own.
    """

    format: Speech = "openai"

    def __init__(
        self,
        settings: EmbeddedSettings,
        logs: Path,
        weights: Callable[[], Path],
        command: Sequence[str] = COMMAND,
        commons: Commons | None = None,
    ) -> None:
        self._settings = settings
        self._log_path = logs / f"{settings.name}.log"
        self._weights = weights
        self._command = command
        self._commons = commons
        self._child: Child | None = None
        self._upstream: OpenAIUpstream | None = None
        self._foreign: Place | None = None
        self._starting: asyncio.Task[OpenAIUpstream] | None = None
        self._failures = 0
        self._failure = ""
        self._not_before = 0.0
        self._spent_seconds = 0.0

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return None if self._child is None or self._child.status is not None else self._child.pid

    def cpu_seconds(self) -> float:
        """Return the processor time of all children so far; a crashed one counts as last seen."""
        return self._spent_seconds + (self._child.cpu_seconds if self._child is not None else 0.0)

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call, starting the child where it does not run.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        view = outbound.request.view
        chat = isinstance(view, ChatRequest)
        try:
            answer = await self._call(_prepare(outbound) if chat else outbound)
        except UpstreamFailed as error:
            raise _translate(error) from None
        if not isinstance(answer, Stream):
            return answer
        if chat and view.choices > 1:
            answer = report_once(answer)
        return answer if outbound.stream else await gather(answer)

    async def close(self) -> None:
        """End the child."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self._let_go()

    async def _call(self, outbound: Outbound) -> Whole | Stream:
        upstream = await self._ready()
        try:
            return await upstream.send(outbound)
        except UpstreamFailed as error:
            if error.reached or not await self._is_gone(upstream):
                raise
        return await (await self._ready()).send(outbound)  # it had died between two calls

    async def _is_gone(self, upstream: OpenAIUpstream) -> bool:
        """Whether the child behind an upstream that refused a connection has ended."""
        child, foreign = self._child, self._foreign
        if self._commons is None or (child is not None and upstream is self._upstream):
            return child is not None and await child.wait(_DYING_SECONDS)
        if foreign is not None and upstream is self._upstream:
            if await answers(foreign):
                return False
            if upstream is self._upstream:
                self._foreign = None
        return True  # another call has seen it before

    async def _ready(self) -> OpenAIUpstream:
        running = self._foreign is not None or (self._child is not None and self._child.status is None)
        if self._upstream is not None and running:
            return self._upstream
        if self._starting is None:
            self._check_pause()
            self._starting = asyncio.get_running_loop().create_task(self._start())
            self._starting.add_done_callback(self._started)
        # Who waits may be cancelled; the start goes on for the others.
        return await asyncio.shield(self._starting)

    def _started(self, task: asyncio.Task[OpenAIUpstream]) -> None:
        self._starting = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._count_failure(str(error))

    async def _start(self) -> OpenAIUpstream:
        await self._let_go()
        await asyncio.sleep(self._pause_left())
        settings = self._settings
        if self._commons is not None:
            place = await self._commons.find(settings.start_seconds)
            if place is not None:
                self._foreign, self._upstream = place, _connect(place)
                return self._upstream
        try:
            return await self._start_own(settings)
        except BaseException:
            if self._commons is not None:
                self._commons.leave()  # another worker may have better luck
            raise

    async def _start_own(self, settings: EmbeddedSettings) -> OpenAIUpstream:
        model = settings.model or await asyncio.to_thread(self._weights)
        key = secrets.token_urlsafe(32)
        told = ChildSettings(
            key=key,
            parent=os.getpid(),
            model=str(model),
            mmproj=None if settings.mmproj is None else str(settings.mmproj),
            context_length=settings.context_length,
            slots=settings.slots,
            threads=settings.threads or choose_threads(),
            gpu_layers=settings.gpu_layers,
            embeddings=settings.embeddings,
            loras=tuple(str(path) for path in settings.loras),
            cache_type=settings.cache_type,
            flash_attention=settings.flash_attention,
        )
        child = await start_child(self._command, told, self._log_path, settings.start_seconds)
        self._child = child
        child.when_ended(lambda: self._note_end(child))
        place = Place(child.address, key)
        self._upstream = _connect(place)
        if self._commons is not None:
            self._commons.tell(place)
        return self._upstream

    async def _let_go(self) -> None:
        child, upstream = self._child, self._upstream
        self._child = self._upstream = self._foreign = None
        if upstream is not None:
            await upstream.close()
        if child is not None:
            if self._commons is not None and child.status is None:
                await self._commons.retract()
            self._spent_seconds += child.cpu_seconds
            await child.stop()
        if self._commons is not None:
            self._commons.leave()

    def _note_end(self, child: Child) -> None:
        if child is not self._child:
            return  # it was stopped
        _log.warning("the embedded model's process ended", extra={"status": child.status})
        if self._commons is not None:
            self._commons.leave()  # whoever needs it next, here or there, starts it
        if asyncio.get_running_loop().time() - child.started_at > _STEADY_SECONDS:
            self._failures = 0
        self._count_failure(f"its process ended with status {child.status}, its log is {self._log_path}")

    def _count_failure(self, why: str) -> None:
        """The first failure costs no pause, each further one twice the pause before it."""
        pause = 0.0 if not self._failures else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (self._failures - 1))
        self._failures += 1
        self._failure = why
        self._not_before = asyncio.get_running_loop().time() + pause

    def _pause_left(self) -> float:
        return max(0.0, self._not_before - asyncio.get_running_loop().time())

    def _check_pause(self) -> None:
        left = self._pause_left()
        if left > _PATIENCE:
            message = (
                f"the embedded model failed {self._failures} times in a row, next start in {left:.0f} s; "
                f"the last time: {self._failure}"
            )
            raise UpstreamFailed(message, reached=False, code="embedded_pausing")


def _connect(place: Place) -> OpenAIUpstream:
    return OpenAIUpstream(f"{place.address}/v1", place.key, Dialect(max_tokens_field="max_tokens"))


def _prepare(outbound: Outbound) -> Outbound:
    """Make a call fit for llama.cpp's server.

    A whole chat answer is asked for as a stream: of a stream, llama.cpp's server sees at the next token that
    the client has gone; of a whole answer, while other calls run, it does not see it before its end.
    """
    _check_images(outbound.request)
    edits: dict[str, Any] = dict.fromkeys(_OVERRIDING)
    if not outbound.stream:
        edits["stream"] = True
    return msgspec.structs.replace(outbound, request=outbound.request.edit(edits), stream=True)


def _translate(error: UpstreamFailed) -> UpstreamFailed:
    """Tell the client's fault that llama.cpp's server calls its own: a text too long for one embedding."""
    if "too large to process" not in error.message:
        return error
    body = ErrorBody(error.message, "invalid_request_error", "input", "context_length_exceeded")
    return UpstreamRejected(400, body)


def _check_images(request: Request) -> None:
    """Refuse images by URL: llama.cpp's server would fetch them, from wherever a client likes."""
    for message in request.view.messages if isinstance(request.view, ChatRequest) else ():
        for part in message.content if isinstance(message.content, list) else ():
            if isinstance(part, ImagePart) and not part.image_url.url.startswith("data:"):
                text = (
                    "messages: found an image by URL, expected a data: URL: the embedded model fetches none"
                )
                error = ErrorBody(text, "invalid_request_error", "messages", "unsupported_value")
                raise UpstreamRejected(400, error)
