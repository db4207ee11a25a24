"""Takes in logs of Inspect (inspect.aisi.org.uk): its tasks, agents and sandboxes need not be rebuilt.

A `.eval` file is a zip archive: `header.json` with the task, its settings and what it came to,
`samples/ID_epoch_N.json` with each sample, and `_journal/start.json`, which alone is there while a run is
not finished. Only the members that scores need are read; Inspect itself is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fen.evals.inspect_archive import Archive
from fen.evals.inspect_score import Scored, score_sample
from fen.evals.record import Record, Run
from fen.wire.errors import ConfigError
from fen.wire.money import Money

T = TypeVar("T")

DIMENSION = "imported"
"""The dimension of samples whose task was not said to belong to one."""


class _Config(msgspec.Struct, frozen=True):
    limit: int | tuple[int, int] | None = None
    epochs: int | None = None


class _Scorer(msgspec.Struct, frozen=True):
    name: str


class _Spec(msgspec.Struct, frozen=True):
    created: str
    task: str
    model: str
    eval_id: str = ""
    run_id: str = ""
    task_version: int | str = 0
    task_args: dict[str, Any] = {}
    config: _Config = _Config()
    scorers: tuple[_Scorer, ...] | None = None


class _Stats(msgspec.Struct, frozen=True):
    started_at: str = ""
    completed_at: str = ""


class _Header(msgspec.Struct, frozen=True):
    eval: _Spec
    status: str = "started"
    stats: _Stats = _Stats()


class _Usage(msgspec.Struct, frozen=True):
    """Inspect counts the tokens of the cache apart from those of the input."""

    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_cache_write: int | None = None
    input_tokens_cache_read: int | None = None
    reasoning_tokens: int | None = None
    total_cost: float | None = None


class _Sample(Scored, frozen=True, kw_only=True):
    """model_usage: by the model's name; those that a scorer asked are among them."""

    id: int | str
    epoch: int = 1
    model_usage: Mapping[str, _Usage] = {}
    total_time: float | None = None
    working_time: float | None = None


def read_eval_log(
    path: Path, *, dimension: str = DIMENSION, scorer: str | None = None
) -> tuple[Run, list[Record]]:
    """Read a log; its run's id follows from the log, so that one taken in twice is one run.

    dimension: what the task measures. scorer: the one of the log's that counts; otherwise the task's first.
    Samples come in the log's order. Costs are those that Inspect worked out, in USD. Raises ConfigError.
    """
    archive = Archive(path)
    try:
        header = _read_header(archive)
        names = [one.name for one in header.eval.scorers or ()]
        if scorer is not None and names and scorer not in names:
            raise ConfigError(f"{path}: found no scorer {scorer!r}, expected one of {', '.join(names)}")
        wanted = scorer or (names[0] if names else None)
        records = [_make_record(header, sample, dimension, wanted) for sample in _read_samples(archive)]
    finally:
        archive.close()
    return _make_run(header), records


def _read_header(archive: Archive) -> _Header:
    for name in ("header.json", "_journal/start.json"):
        if name in archive.names:
            return _decode(archive, name, _Header)
    raise ConfigError(f"{archive.path}: found no header.json, expected a log of Inspect's (.eval)")


def _read_samples(archive: Archive) -> Iterator[_Sample]:
    for name in archive.names:
        if name.startswith("samples/") and name.endswith(".json"):
            yield _decode(archive, name, _Sample)


def _decode(archive: Archive, name: str, kind: type[T]) -> T:
    data = archive.read(name)
    try:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:  # Inspect writes NaN for what has no score, which is no JSON
            return msgspec.convert(json.loads(data), kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{archive.path}, {name}: found {error}, expected a log of Inspect's") from None


def _make_run(header: _Header) -> Run:
    spec, limit = header.eval, header.eval.config.limit
    ended = header.stats.completed_at if header.status != "started" else ""
    return Run(
        id=_name_run(spec),
        model=spec.model,
        suites=(_name_suite(spec),),
        started=datetime.fromisoformat(header.stats.started_at or spec.created),
        ended=datetime.fromisoformat(ended) if ended else None,
        limit=limit[1] - limit[0] if isinstance(limit, tuple) else limit,
        epochs=spec.config.epochs or 1,
        options={f"{_name_suite(spec)}.{name}": _write(value) for name, value in spec.task_args.items()},
    )


def _write(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _name_run(spec: _Spec) -> str:
    return f"run_inspect_{spec.eval_id or spec.run_id}"


def _name_suite(spec: _Spec) -> str:
    return f"inspect:{spec.task}"


def _make_record(header: _Header, sample: _Sample, dimension: str, scorer: str | None) -> Record:
    spec = header.eval
    own = [usage for model, usage in sample.model_usage.items() if model == spec.model]
    others = [usage for model, usage in sample.model_usage.items() if model != spec.model]
    seconds = sample.working_time if sample.working_time is not None else sample.total_time
    return Record(
        run=_name_run(spec),
        suite=_name_suite(spec),
        version=str(spec.task_version),
        scorer=f"inspect:{scorer or 'none'}",
        sample=str(sample.id),
        epoch=max(sample.epoch - 1, 0),
        score=score_sample(sample, scorer),
        dimension=dimension,
        cost=_sum_costs(own),
        judge_cost=_sum_costs(others),
        input_tokens=sum(map(_count_input, own)),
        output_tokens=sum(usage.output_tokens for usage in own),
        reasoning_tokens=sum(usage.reasoning_tokens or 0 for usage in own),
        seconds=seconds or 0.0,
    )


def _count_input(usage: _Usage) -> int:
    cached = (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
    return usage.input_tokens + cached


def _sum_costs(usages: Sequence[_Usage]) -> Money | None:
    """Return what all cost; None where one has no price, or nothing was used."""
    costs = [usage.total_cost for usage in usages if usage.total_cost is not None]
    if not costs or len(costs) < len(usages):
        return None
    return Money(sum(map(Decimal, map(repr, costs)), Decimal(0)), "USD")
