"""Errors that a vendor tells as a reason to finish."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fen.wire.errors import UpstreamFailed

_FAILED = frozenset({"ERROR", "TIMEOUT"})


class FinishClient:
    """Cohere's client, whose answers fail where they end with one of Cohere's reasons that are errors.

    Source: Cohere's API reference, "Chat", `finish_reason`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def chat(self, **members: Any) -> Any:
        """Return a whole answer; raises UpstreamFailed."""
        answer = await self._client.chat(**members)
        _check(answer)
        return answer

    async def chat_stream(self, **members: Any) -> AsyncGenerator[Any, None]:
        """Return a stream's events; raises UpstreamFailed."""
        async with aclosing(self._client.chat_stream(**members)) as events:
            async for event in events:
                _check(getattr(event, "delta", None))
                yield event


def _check(ended: Any) -> None:
    reason = getattr(ended, "finish_reason", None)
    if reason in _FAILED:
        said = getattr(ended, "error", None) or "no reason given"
        raise UpstreamFailed(f"the upstream ended its answer with {reason}: {said}")
