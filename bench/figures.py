"""The arithmetic of the bench: from what was counted to figures, ratios, a table and bars."""

from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

NGINX_BAR = 9.0
NGINX_STRETCH = 6.0
BARE_CHUNK_BAR = 2.0
GUARD_US_BAR = 300.0

Figures = dict[str, float]


class Bar(msgspec.Struct, frozen=True):
    """A limit that a figure has to stay within, to be met in the run that measured it."""

    figure: str
    limit: float
    meaning: str

    def met(self, figures: Mapping[str, float]) -> bool:
        """Whether the figure was measured and is within the limit."""
        return self.figure in figures and figures[self.figure] <= self.limit

    def line(self, figures: Mapping[str, float]) -> str:
        """PASS or MISS, with what was found and what is allowed."""
        found = f"{figures[self.figure]:.2f}" if self.figure in figures else "not measured"
        verdict = "PASS" if self.met(figures) else "MISS"
        return f"{verdict}  {self.meaning}: {found}, at most {self.limit:g}"


BARS = (
    Bar("fen_over_nginx", NGINX_BAR, "CPU of a whole answer over nginx's"),
    Bar("fen_limited_over_nginx", NGINX_BAR, "the same with tier, budget and rate limits"),
    Bar("fen_guarded_above_us", GUARD_US_BAR, f"us with the guard on, above {NGINX_BAR:g} x nginx"),
    Bar("fen_over_bare_chunk", BARE_CHUNK_BAR, "CPU of a streamed chunk over the bare forwarder's"),
)
STRETCH = Bar("fen_over_nginx", NGINX_STRETCH, "stretch, CPU of a whole answer over nginx's")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, by linear interpolation; raises on none."""
    if not values:
        raise ValueError("expected at least one value, found none")
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def each_us(seconds: float, count: int) -> float:
    """Microseconds for one of `count` things that took `seconds` together."""
    return seconds * 1e6 / count


def mb_per_thousand(before: int, after: int, streams: int) -> float:
    """Megabytes (10^6 bytes) that 1,000 open streams take, from resident bytes before and with `streams`."""
    return (after - before) / streams * 1000 / 1e6


def spread(name: str, rounds: Sequence[float]) -> Figures:
    """The median of the rounds under `name`, with the least and the most beside it."""
    return {name: median(rounds), f"{name}_least": min(rounds), f"{name}_most": max(rounds)}


def ratios(figures: Mapping[str, float]) -> Figures:
    """Fen's figures over those it is compared with, as far as both were measured.

    What a guarded call takes is compared by difference: its bar is the plain one and the guard's own time.
    """
    pairs = {
        "fen_over_nginx": ("fen_cpu_us_per_request", "nginx_cpu_us_per_request"),
        "fen_limited_over_nginx": ("fen_limited_cpu_us_per_request", "nginx_cpu_us_per_request"),
        "fen_over_bare_request": ("fen_cpu_us_per_request", "bare_cpu_us_per_request"),
        "fen_over_bare_chunk": ("fen_cpu_us_per_chunk", "bare_cpu_us_per_chunk"),
        "litellm_over_fen": ("litellm_cpu_us_per_request", "fen_cpu_us_per_request"),
    }
    found = {
        name: figures[over] / figures[under]
        for name, (over, under) in pairs.items()
        if over in figures and figures.get(under)
    }
    guarded, nginx = figures.get("fen_guarded_cpu_us_per_request"), figures.get("nginx_cpu_us_per_request")
    if guarded is not None and nginx is not None:
        found["fen_guarded_above_us"] = guarded - NGINX_BAR * nginx
    return found


ROWS = (
    ("CPU of a whole answer, us", "cpu_us_per_request", ".0f"),
    ("  of its child processes, us", "children_cpu_us_per_request", ".0f"),
    ("whole answers per second", "requests_per_second", ".0f"),
    ("added p50, ms", "added_p50_ms", ".2f"),
    ("added p99, ms", "added_p99_ms", ".2f"),
    ("CPU of a streamed chunk, us", "cpu_us_per_chunk", ".1f"),
    ("events per socket read", "events_per_read", ".2f"),
    ("memory of 1,000 open streams, MB", "rss_mb_per_1000_streams", ".1f"),
    ("memory before, MB", "rss_mb", ".1f"),
)


def table(figures: Mapping[str, float], names: Sequence[str]) -> str:
    """The figures as plain text, one row for what is measured and one column for each gateway."""
    shown = [name for name in names if any(f"{name}_{row}" in figures for _, row, _ in ROWS)]
    head = ["", *shown]
    rows = [
        [
            label,
            *(format(figures[key], form) if (key := f"{name}_{row}") in figures else "-" for name in shown),
        ]
        for label, row, form in ROWS
    ]
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    lines = (
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
        )
        for line in [head, *rows]
    )
    return "\n".join(line.rstrip() for line in lines)
