# pyright: reportUnknownMemberType=false
"""What a visitor does on the page: admitted each time, and told in plain words where it fails."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from fen.wire.errors import FenError

Act = Callable[..., Awaitable[Any]]


def guarded(act: Act) -> Act:
    """Return an action that says what was found and expected where it fails, and ends there."""

    @functools.wraps(act)
    async def do(*given: Any) -> Any:
        try:
            return await act(*given)
        except FenError as error:
            ui.notify(error.message, type="negative", multi_line=True, close_button="×", timeout=10_000)

    return do
