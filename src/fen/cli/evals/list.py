"""`fen eval list`: the suites, and what a reader of their scores has to know about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import click
import msgspec

from fen.cli.options import as_json
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.evals import DataFile, Suite
from fen.evals.dimensions import read_dimensions
from fen.evals.registry import find_suite, list_suites

_COLUMNS = (
    Column("suite", "id"),
    Column("dimension"),
    Column("languages"),
    Column("shots", "figure"),
    Column("scorer", "id"),
    Column("licence"),
    Column("questions about"),
    Column("source"),
)


@click.command("list")
@click.argument("suite", metavar="[SUITE]", required=False)
@as_json
def command(suite: str | None, as_json: bool) -> None:
    """List the suites, or show what is known of SUITE."""
    if suite is not None:
        _show_one(find_suite(suite), as_json)
        return
    found = list_suites()
    if as_json:
        show_json([_describe(one) for one in found])
    else:
        show_table(_COLUMNS, [_line(one) for one in found])


def _show_one(suite: Suite, as_json: bool) -> None:
    if as_json:
        show_json(_describe(suite))
        return
    facts = _describe(suite) | {"files": _write_files(suite.files)}
    show_facts([(name.replace("_", " "), _write(value)) for name, value in facts.items()])


def _line(suite: Suite) -> tuple[str, ...]:
    return (
        suite.name,
        read_dimensions().find(suite.dimension).en,
        ", ".join(suite.languages),
        str(suite.shots),
        suite.scorer,
        suite.licence,
        suite.summary,
        suite.source,
    )


def _describe(suite: Suite) -> dict[str, Any]:
    dimension = read_dimensions().find(suite.dimension)
    return {
        "name": suite.name,
        "version": suite.version,
        "summary": suite.summary,
        "dimension": suite.dimension,
        "dimension_names": [dimension.en, dimension.zh],
        "languages": list(suite.languages),
        "shots": suite.shots,
        "template": suite.template,
        "scorer": suite.scorer,
        "judges_cut": suite.judges_cut,
        "needs_judge": suite.needs_judge,
        "clustered": suite.clustered,
        "options": dict(suite.options),
        "licence": suite.licence,
        "source": suite.source,
        "files": [msgspec.to_builtins(file) for file in suite.files],
    }


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        options = cast("dict[str, str]", value)
        return ", ".join(f"{name}={usual}" for name, usual in options.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[Any]", value))) or "-"
    return "-" if value is None else str(value)


def _write_files(files: Sequence[DataFile]) -> str:
    if not files:
        return "-"
    rest = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{files[0].path} from {files[0].url}{rest}"
