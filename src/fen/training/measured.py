"""What a training and its scoring wrote, as a manifest tells it.

Only the members that a manifest has are read of either file, so that a file of an older training still can.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from fen.app.manifest import Score
from fen.training.scoring import ALL
from fen.wire.errors import InvalidRequest

T = TypeVar("T")


class Trained(msgspec.Struct, frozen=True):
    """A training's `results.json`. plan_sha256: of all that it was trained on."""

    recipe: dict[str, str | int | float | bool | None]
    plan_sha256: str
    device: str
    dtype: str
    versions: dict[str, str | None] = {}

    @property
    def settings(self) -> dict[str, str | int | float | bool | None]:
        """The recipe, and on what it ran."""
        return self.recipe | {"ran on": self.device, "in": self.dtype}

    @property
    def libraries(self) -> dict[str, str]:
        """The versions of those that were there."""
        return {name: version for name, version in self.versions.items() if version is not None}


class _Ends(msgspec.Struct, frozen=True):
    low: float
    high: float


class _Measure(msgspec.Struct, frozen=True):
    mean: float | None
    interval: _Ends | None


class _Difference(msgspec.Struct, frozen=True):
    difference: float | None
    interval: _Ends | None


class _Row(msgspec.Struct, frozen=True):
    group: str
    scope: str
    family: str
    condition: str
    items: int
    scores: dict[str, _Measure]
    differences: dict[str, _Difference]


class _Table(msgspec.Struct, frozen=True):
    arms: tuple[str, ...]
    rows: tuple[_Row, ...]


class _Report(msgspec.Struct, frozen=True):
    table: _Table


def read_trained(path: Path) -> Trained:
    """Return what a training's results say; raises InvalidRequest for what are none."""
    return _read(path, Trained)


def read_scores(path: Path, arm: str) -> tuple[Score, ...]:
    """Return an arm's scores in percent, and its differences from the first arm in points.

    Of all families together; raises InvalidRequest for what are no scores, or lack the arm.
    """
    table = _read(path, _Report).table
    if arm not in table.arms:
        raise InvalidRequest(f"{path}: found no arm {arm}, expected one of {', '.join(table.arms)}")
    found: list[Score] = []
    for row in table.rows:
        if row.family != ALL:
            continue
        name = f"{row.group}, {row.condition}, {row.scope}"
        score, difference = row.scores[arm], row.differences.get(arm)
        found += _state(name, arm, (score.mean, score.interval), row.items)
        if difference is not None:
            beside = f"{arm} - {table.arms[0]}"
            found += _state(name, beside, (difference.difference, difference.interval), row.items)
    return tuple(found)


def _state(name: str, arm: str, figure: tuple[float | None, _Ends | None], items: int) -> list[Score]:
    value, ends = figure
    if value is None:
        return []
    low, high = (None, None) if ends is None else (100 * ends.low, 100 * ends.high)
    return [Score(name, arm, 100 * value, low, high, items)]


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}, expected a file of results") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{path}: {error}, expected what a training or its scoring wrote") from None
