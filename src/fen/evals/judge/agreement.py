"""How far a judge agrees with people, on items that both have labelled."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from math import floor
from pathlib import Path

import msgspec
import numpy as np

from fen.evals.record import Record
from fen.wire.errors import ConfigError


class Agreement(msgspec.Struct, frozen=True):
    """Agreement of two raters on n items.

    exact: the share of equal labels; low and high: its 95% interval (Wilson). adjacent: the share that differ
    by at most one. kappa: Cohen's (1960). weighted: Cohen's (1968) with quadratic weights, for scores that
    have an order. Both kappas are None where chance alone would agree on everything.
    """

    n: int
    exact: float
    low: float
    high: float
    adjacent: float
    kappa: float | None
    weighted: float | None


def agreement(judged: Mapping[str, int], labels: Mapping[str, int]) -> Agreement:
    """Return how far a judge's scores agree with people's, on the items, by id, that both have.

    Raises ConfigError where no item has both.
    """
    both = sorted(judged.keys() & labels.keys())
    if not both:
        raise ConfigError(
            f"found no item among {len(judged)} judged ones that has one of {len(labels)} labels, "
            "expected at least one"
        )
    ours, theirs = [judged[item] for item in both], [labels[item] for item in both]
    equal = sum(a == b for a, b in zip(ours, theirs, strict=True))
    near = sum(abs(a - b) <= 1 for a, b in zip(ours, theirs, strict=True))
    from scipy.stats import binomtest  # noqa: PLC0415  takes a second to load

    interval = binomtest(equal, len(both)).proportion_ci(method="wilson")
    return Agreement(
        n=len(both),
        exact=equal / len(both),
        low=float(interval.low),
        high=float(interval.high),
        adjacent=near / len(both),
        kappa=_find_kappa(ours, theirs, 0),
        weighted=_find_kappa(ours, theirs, 2),
    )


def read_labels(path: Path) -> dict[str, int]:
    """Read people's labels: a CSV with the columns `id` and `label`, a whole number.

    Raises ConfigError with the line where one is missing or is no number.
    """
    labels: dict[str, int] = {}
    with path.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened)
        if not {"id", "label"} <= set(reader.fieldnames or ()):
            found = ", ".join(reader.fieldnames or ()) or "none"
            raise ConfigError(f"{path}: found the columns {found}, expected id and label")
        for row in reader:
            try:
                labels[row["id"]] = int(row["label"])
            except (TypeError, ValueError):
                raise ConfigError(
                    f"{path}, line {reader.line_num}: found {row['label']!r}, expected a whole number"
                ) from None
    return labels


def list_judged(records: Iterable[Record], criterion: str | None = None) -> dict[str, int]:
    """Return what a judge scored, 1 to 5, by sample: a criterion's score, or their mean as a whole number.

    The first epoch counts; a half is rounded up. Where records are of several suites, an id is
    `SUITE/SAMPLE`. Raises ConfigError for a criterion that no record has.
    """
    first = [record for record in records if record.epoch == 0 and "scores" in record.score.detail]
    several = len({record.suite for record in first}) > 1
    judged: dict[str, int] = {}
    known: set[str] = set()
    for record in first:
        scores = msgspec.convert(record.score.detail["scores"], dict[str, int])
        known |= scores.keys()
        chosen = [score for name, score in scores.items() if criterion in (None, name)]
        if chosen:
            item = f"{record.suite}/{record.sample}" if several else record.sample
            judged[item] = floor(sum(chosen) / len(chosen) + 0.5)
    if not judged and criterion is not None:
        raise ConfigError(f"found no criterion {criterion!r}, expected one of {', '.join(sorted(known))}")
    return judged


def _find_kappa(ours: Sequence[int], theirs: Sequence[int], power: int) -> float | None:
    """Return 1 - observed / expected disagreement; power 0 counts all the same, 2 by the squared distance."""
    classes = sorted({*ours, *theirs})
    place = {label: number for number, label in enumerate(classes)}
    seen = np.zeros((len(classes), len(classes)))
    for a, b in zip(ours, theirs, strict=True):
        seen[place[a], place[b]] += 1
    seen /= len(ours)
    values = np.array(classes, dtype=float)
    apart = np.abs(values[:, None] - values[None, :])
    weights = (apart > 0).astype(float) if power == 0 else apart**power
    expected = float((weights * np.outer(seen.sum(axis=1), seen.sum(axis=0))).sum())
    return None if expected == 0 else 1 - float((weights * seen).sum()) / expected
