"""Upstreams with a wire format of their own, through any-llm (extra `vendors`)."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from fen.upstreams._any_llm_door import Provider, open_provider
from fen.upstreams._any_llm_errors import translate
from fen.upstreams._any_llm_events import Clock, Json, ProviderEvents
from fen.upstreams._finish import FinishClient
from fen.upstreams._own_thread import Tap, TappedClient, ThreadCall
from fen.upstreams._reading import read_whole
from fen.upstreams.vendor import Library, Options
from fen.wire.answer import Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamRejected
from fen.wire.ports import Outbound, Speech
from fen.wire.request import ChatRequest

# A member that asks for what every vendor does unasked is left out: few have a word for it.
_MEANT_ANYWAY: Json = {
    "n": 1,
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "logprobs": False,
    "store": False,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logit_bias": {},
    "service_tier": "auto",
    "reasoning_effort": "auto",
}
_OWN = frozenset({"model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens"})


class AnyLLMUpstream:
    """A vendor that any-llm puts OpenAI's format into the words of."""

    format: Speech = "openai"

    def __init__(
        self, library: Library, base_url: str | None, key: str | None, options: Options | None = None
    ) -> None:
        """Load any-llm and open the vendor's client.

        Raises ValueError where the extra is not installed, or where the client cannot be opened.
        """
        self._library = library
        self._provider: Provider = open_provider(library, base_url, key, options or {})
        if library.blocks:
            self._provider.client = TappedClient(self._provider.client)
        if library.fails_at_finish:
            self._provider.client = FinishClient(self._provider.client)

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call; of a stream, once its first piece is there. Headers have no way through the library.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        clock = Clock(outbound.deadlines)
        send = self._prepare(outbound)
        try:
            answer = await clock.wait(self._begin(send))
        except Exception as error:  # noqa: BLE001 (the clients of some fifty vendors raise what they like)
            raise translate(error) from None
        if outbound.stream:
            return Stream(await ProviderEvents(answer, clock).begin())
        return read_whole(outbound.request.format, _write_whole(answer))

    async def close(self) -> None:
        """Close the client's connections, as far as it lets itself be closed."""
        client = self._provider.client
        for place in (client, getattr(client, "aio", None)):
            leave: Any = getattr(place, "__aexit__", None)
            close: Any = partial(leave, None, None, None) if leave else getattr(place, "close", None)
            done = close() if callable(close) else None
            if inspect.isawaitable(done):
                await done

    def _begin(self, send: Callable[..., Awaitable[Any]]) -> Awaitable[Any]:
        if not self._library.blocks:
            return send()
        tap = Tap()
        return ThreadCall(tap).start(partial(send, fen_tap=tap))

    def _prepare(self, outbound: Outbound) -> Callable[..., Awaitable[Any]]:
        request = outbound.request.edit({"model": outbound.model} | outbound.request.edits)
        tree: Json = msgspec.json.decode(request.to_bytes())
        if not isinstance(outbound.request.view, ChatRequest):
            return self._prepare_embedding(tree)
        members = {
            name: value
            for name, value in tree.items()
            if name not in _OWN and value is not None and not _is_meant_anyway(name, value)
        }
        limit = _read_limit(tree)
        if limit is not None:
            members["max_tokens"] = limit
        members = self._rename(members)
        if outbound.stream:
            members["stream"] = True
            if self._library.carried is None:
                members["stream_options"] = {"include_usage": True}
        return partial(self._provider.acompletion, tree["model"], tree["messages"], **members)

    def _prepare_embedding(self, tree: Json) -> Callable[..., Awaitable[Any]]:
        members = {
            name: value
            for name, value in tree.items()
            if name not in ("model", "input") and value is not None
        }
        return partial(self._provider.aembedding, tree["model"], tree["input"], **members)

    def _rename(self, members: Json) -> Json:
        carried = self._library.carried
        if carried is None:
            return members
        for name in members:
            if name not in carried:
                message = (
                    f"found {name}, which does not reach {self._library.provider} through any-llm, "
                    f"expected some of {', '.join(sorted(carried))}"
                )
                body = ErrorBody(message, "invalid_request_error", name, "unsupported_parameter")
                raise UpstreamRejected(400, body)
        if isinstance(members.get("stop"), str):
            members["stop"] = [members["stop"]]
        words = dict(self._library.renamed)
        return {words.get(name, name): value for name, value in members.items()}


def _is_meant_anyway(name: str, value: Any) -> bool:
    return name in _MEANT_ANYWAY and _MEANT_ANYWAY[name] == value


def _read_limit(tree: Json) -> int | None:
    limits = [tree.get("max_completion_tokens"), tree.get("max_tokens")]
    return next((limit for limit in limits if limit is not None), None)


def _write_whole(answer: Any) -> bytes:
    tree: Json = answer.model_dump(mode="json", exclude_none=True, warnings=False)
    if "created" in tree:
        tree["created"] = tree["created"] or int(time.time())
    for choice in tree.get("choices") or ():
        choice["message"] = {"content": None, "refusal": None} | choice.get("message", {})
    return msgspec.json.encode(tree)
