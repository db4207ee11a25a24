"""Published scores: percentages from papers and reports, with the intervals that their n allows."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from fen.evals.statistics.interval import Interval
from fen.hierarchy.suite.share import wilson
from fen.wire.errors import InvalidRequest

NEEDED = ("model", "dimension", "score")
KNOWN = (*NEEDED, "n", "date", "source", "method", "group")

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A score that somebody published.

    score: per cent, with the digits that were printed. n: how many items it is of; None where nobody said.
    date: `2024-07` or `2024-07-18`. method: how it was measured; scores of different methods are no series.
    group: of the model, for gaps. right: the number of right items that it must be of n; None where there is
    none, or more than one. interval: 0 to 1; None without n. mark: what is wrong with it, in words.
    """

    model: str
    dimension: str
    score: Decimal
    n: int | None = None
    date: str = ""
    source: str = ""
    method: str = ""
    group: str = ""
    right: int | None = None
    interval: Interval | None = None
    mark: str = ""

    @property
    def share(self) -> float:
        """The score, 0 to 1."""
        return float(self.score) / 100


def read_published(path: Path) -> tuple[Published, ...]:
    """Return the scores of a CSV file with a header, UTF-8; raises InvalidRequest that names the line.

    Columns: model, dimension, score (per cent), and where known n, date, source, method, group; others are
    left alone.
    """
    return tuple(_read_row(row, f"{path.name}, line {line}") for line, row in read_rows(path, NEEDED))


def read_rows(path: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file by column, each with its line; raises InvalidRequest."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"found {path}, which cannot be read ({error}); expected a CSV file") from error
    reader = csv.DictReader(text.splitlines(keepends=True))
    header = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in needed if name not in header]
    if missing:
        raise InvalidRequest(
            f"found the columns {', '.join(header) or 'none'} in {path.name}; expected {', '.join(missing)}"
        )
    reader.fieldnames = header
    rows: list[tuple[int, dict[str, str]]] = []
    for row in reader:
        if None in row or None in row.values():
            raise InvalidRequest(
                f"{path.name}, line {reader.line_num}: found more or fewer cells, expected {len(header)}"
            )
        rows.append((reader.line_num, {name: cell.strip() for name, cell in row.items()}))
    return rows


def _read_row(row: Mapping[str, str], where: str) -> Published:
    if not row["model"] or not row["dimension"]:
        raise InvalidRequest(f"{where}: found no model or no dimension, expected both")
    score = read_score(row["score"], where)
    n = _read_n(row.get("n", ""), where)
    date = row.get("date", "")
    if date and not _DATE.fullmatch(date):
        raise InvalidRequest(f"{where}: found the date {date!r}, expected 2024-07 or 2024-07-18")
    published = Published(
        model=row["model"],
        dimension=row["dimension"],
        score=score,
        n=n,
        date=date,
        source=row.get("source", ""),
        method=row.get("method", ""),
        group=row.get("group", ""),
    )
    return published if n is None else _bound(published, n)


def read_score(text: str, where: str) -> Decimal:
    """Return a percentage with its digits; raises InvalidRequest."""
    try:
        score = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        score = Decimal("nan")
    if not score.is_finite() or not 0 <= score <= 100:
        raise InvalidRequest(f"{where}: found the score {text!r}, expected per cent, 0 to 100")
    return score


def _read_n(text: str, where: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise InvalidRequest(f"{where}: found n {text!r}, expected a number of items, 1 or more, or nothing")
    return int(text)


def find_counts(score: Decimal, n: int) -> range:
    """Return every number of right items, of n, that rounds to the percentage as it was printed.

    A half may have been rounded either way. An empty range: the percentage is of no such share. It is then a
    mean over repeated runs or over groups, of another n, or an error.
    """
    half = Decimal(5).scaleb(-_count_digits(score) - 1)
    least = math.ceil((score - half) * n / 100)
    most = math.floor((score + half) * n / 100)
    return range(max(0, least), min(n, most) + 1)


def _count_digits(score: Decimal) -> int:
    """Return how many digits after the point were printed."""
    exponent = score.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _bound(published: Published, n: int) -> Published:
    counts = find_counts(published.score, n)
    near = published.score * n / 100
    below, above = math.floor(near), math.ceil(near)
    mark = ""
    if not counts:
        digits = max(1, _count_digits(published.score))
        mark = (
            f"{published.score}% is no k/{n}: {below}/{n} is {100 * below / n:.{digits}f}%, "
            f"{above}/{n} is {100 * above / n:.{digits}f}%"
        )
    if counts and len(counts) == 1:
        below = above = counts[0]
    interval = Interval(
        wilson(below, n)[0], wilson(above, n)[1], f"Wilson, as if of {n} independent items, asked once"
    )
    right = counts[0] if len(counts) == 1 else None
    return msgspec.structs.replace(published, right=right, interval=interval, mark=mark)
