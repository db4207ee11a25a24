"""Opens the pipeline for a teacher."""

from __future__ import annotations

import secrets

from fen.app import Settings
from fen.app.build import open_app
from fen.gateway import Caller, Reply
from fen.training.teacher import TAG, Taught, Wish, teach
from fen.wire.errors import ConfigError
from fen.wire.request import Request

__all__ = ["ask_teacher"]


async def ask_teacher(settings: Settings, wish: Wish) -> Taught:
    """Return what a teacher writes, asked through the pipeline of these settings.

    Raises ConfigError where FEN_URL is set, whose books are not here, and FenError where a call fails.
    """
    if settings.environ.get("FEN_URL"):
        raise ConfigError(
            "found FEN_URL, expected none: a teacher's calls have their budget in books of its own"
        )
    async with open_app(settings) as app:

        async def send(request: Request, caller: Caller) -> Reply:
            return await app.pipeline.answer(request, caller, tag=TAG)

        return await teach(wish, send, f"teacher-{secrets.token_hex(8)}")
