"""`fen eval import`: scores that others published."""
# ruff: noqa: N999 (the module is named as its command, and is imported by that name)

from __future__ import annotations

from pathlib import Path

import click

from fen.cli.options import as_json
from fen.cli.output import Column, show_json, show_table
from fen.evals.statistics.imported import KNOWN, NEEDED, Published, read_published

_COLUMNS = (
    Column("dimension"),
    Column("model", "id"),
    Column("score %", "figure"),
    Column("95% interval", "figure"),
    Column("n", "figure"),
    Column("date", "id"),
    Column("source"),
    Column("method"),
    Column("remark"),
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv")
@as_json
def command(file: Path, as_json: bool) -> None:
    """Check a table of published scores, and show it with the intervals that its n allows.

    FILE.csv has a header with model, dimension and score (per cent), and where known n, date, source, method
    and group. A percentage that no number of right answers out of n gives is marked: it is a mean of several
    runs or of groups, of another n, or an error. `fen eval report --with FILE.csv` draws the scores.
    """
    found = read_published(file)
    if as_json:
        show_json(found)
        return
    ordered = sorted(found, key=lambda one: one.dimension)
    show_table(_COLUMNS, [_line(one) for one in ordered])
    marked = sum(bool(one.mark) for one in found)
    missing = [name for name in KNOWN if name not in NEEDED and not any(getattr(one, name) for one in found)]
    click.echo(
        f"\n{len(found)} scores, {marked} of them no share of their n; intervals are Wilson's, as if of"
    )
    click.echo("independent items asked once")
    if missing:
        click.echo(f"not given: {', '.join(missing)}")


def _line(one: Published) -> tuple[str, ...]:
    return (
        one.dimension,
        one.model,
        str(one.score),
        "-" if one.interval is None else f"{100 * one.interval.low:.1f} to {100 * one.interval.high:.1f}",
        "not given" if one.n is None else f"{one.n:,}",
        one.date or "-",
        one.source or "-",
        one.method or "-",
        one.mark,
    )
