"""What a study wrote, as a manifest tells it.

Only the members that a manifest has are read, so that the file of an older study still can be.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from fen.app.manifest import Score
from fen.training.scoring import ALL
from fen.wire.errors import InvalidRequest


class Trained(msgspec.Struct, frozen=True):
    """How a model was trained. plan_sha256: of all that it was trained on."""

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
    items: int = 0


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


class _Kept(msgspec.Struct, frozen=True):
    replay: float | None = None
    ifeval: _Difference | None = None
    length: float | None = None


class _Study(msgspec.Struct, frozen=True):
    comparison: Trained
    report: _Report | None
    kept: dict[str, _Kept]


def read_study(path: Path, arm: str) -> tuple[Trained, tuple[Score, ...]]:
    """Return how a study's arm was trained, and its scores: those of its items, and what it kept.

    Raises InvalidRequest for what is no study, or lacks the arm.
    """
    try:
        study = msgspec.json.decode(path.read_bytes(), type=_Study)
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}, expected a study's study.json") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{path}: {error}, expected a study's study.json") from None
    if arm not in study.kept:
        raise InvalidRequest(f"{path}: found no arm {arm}, expected one of {', '.join(study.kept)}")
    items = () if study.report is None else _list_scores(study.report.table, arm)
    return study.comparison, (*items, *_list_kept(study.kept[arm], arm))


def _list_scores(table: _Table, arm: str) -> list[Score]:
    """List an arm's scores in percent, and its differences from the first arm in points, of all families."""
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
    return found


def _list_kept(kept: _Kept, arm: str) -> list[Score]:
    """List what an arm kept of the base model's ability."""
    found: list[Score] = []
    if kept.ifeval is not None:
        figure = kept.ifeval.difference, kept.ifeval.interval
        found += _state("IFEval, strict", f"{arm} - base", figure, kept.ifeval.items)
    if kept.replay is not None:
        found.append(Score("replay loss, change in percent", f"{arm} - base", 100 * kept.replay))
    if kept.length is not None:
        found.append(Score("length of answers to IFEval, percent of the base's", arm, 100 * kept.length))
    return found


def _state(name: str, arm: str, figure: tuple[float | None, _Ends | None], items: int) -> list[Score]:
    value, ends = figure
    if value is None:
        return []
    low, high = (None, None) if ends is None else (100 * ends.low, 100 * ends.high)
    return [Score(name, arm, 100 * value, low, high, items)]
