"""What a distillation opens: evaluations and their kept answers, or the pipeline that asks a teacher."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from fen.app import Settings
from fen.app.build import open_app
from fen.app.evals import open_shelf
from fen.evals.store import find_run, read_records, read_responses
from fen.gateway import Caller, Reply
from fen.training.distill.asked import TAG, Asked, Wish, ask
from fen.training.distill.files import Source
from fen.training.distill.kept import Kept
from fen.wire.errors import ConfigError
from fen.wire.request import Request


def check_consent(settings: Settings) -> None:
    """Raise ConfigError unless the settings let kept answers teach a model."""
    if not settings.training.answers:
        place = settings.config or "fen.toml"
        raise ConfigError(
            f"{place}: found no consent to train on kept answers, expected answers = true under [training]; "
            "ask the teacher's vendor whether its terms allow it"
        )


async def read_kept(settings: Settings, runs: Sequence[str]) -> tuple[Kept, ...]:
    """Return runs by their ids, or the beginnings of them, with the answers that are kept of them.

    Raises NotFound for an id that is none, ConfigError where the settings do not allow a start.
    """
    found: list[Kept] = []
    async with open_shelf(settings) as shelf:
        for wanted in runs:
            run = await shelf.storage.read(lambda connection, wanted=wanted: find_run(connection, wanted))
            records = await shelf.storage.read(lambda connection, run=run: read_records(connection, run.id))
            keys = [key for record in records for key in record.calls]
            answers = await shelf.storage.read(lambda connection, keys=keys: read_responses(connection, keys))
            found.append(Kept(run, records, answers))
    return tuple(found)


async def ask_teacher(settings: Settings, wish: Wish, tell: Callable[[int], None]) -> tuple[Asked, Source]:
    """Return what a teacher answers, asked through the pipeline of these settings, and who it was.

    Raises ConfigError where FEN_URL is set, whose books are not here, and FenError where a call fails.
    """
    if settings.environ.get("FEN_URL"):
        raise ConfigError("found FEN_URL, expected none: a teacher's budget is held in the books here")
    run = f"distill-{secrets.token_hex(8)}"
    async with open_app(settings) as app:

        async def send(request: Request, caller: Caller) -> Reply:
            return await app.pipeline.answer(request, caller, tag=TAG)

        return await ask(wish, send, run, tell), Source(run, wish.model, ())
