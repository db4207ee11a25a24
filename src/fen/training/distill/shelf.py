"""What a distillation reads: evaluations and their kept answers, where the settings let them teach."""

from __future__ import annotations

from collections.abc import Sequence

from fen.app import Settings
from fen.app.evals import open_shelf
from fen.evals.store import find_run, read_records, read_responses
from fen.training.distill.kept import Kept
from fen.wire.errors import ConfigError


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
