"""Fen: what an answer costs, how good it is, and which model should give it."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fen.app.scanning import GuardResult

__all__ = ["__version__", "guard", "guard_async"]

__version__ = "0.1.0"


def guard(
    messages: Sequence[Mapping[str, typing.Any]],
    *,
    tools: Sequence[Mapping[str, typing.Any]] | None = None,
) -> GuardResult:
    """Return what Fen's guard says of messages, in OpenAI's or Anthropic's format; nothing is sent anywhere.

    The result has a `verdict` (`pass`, `spotlight`, `strip`, `refuse`), a `reason` and `findings`. Raises
    fen.wire.errors.FenError.
    """
    from fen.app.scanning import guard_messages  # noqa: PLC0415  so that to import fen is quick

    return guard_messages(messages, tools=tools)


async def guard_async(
    messages: Sequence[Mapping[str, typing.Any]],
    *,
    tools: Sequence[Mapping[str, typing.Any]] | None = None,
) -> GuardResult:
    """Return what `guard` does, without blocking the event loop."""
    from fen.app.scanning import guard_messages_async  # noqa: PLC0415  so that to import fen is quick

    return await guard_messages_async(messages, tools=tools)
