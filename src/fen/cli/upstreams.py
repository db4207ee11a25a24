"""`fen upstreams`: who answers, and what enables them."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from fen.app import list_upstreams, load_settings
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table

_COLUMNS = (
    Column("upstream", "id"),
    Column("name"),
    Column("enabled", "id"),
    Column("by"),
)


@click.command()
@config
@as_json
def upstreams(config: Path | None, as_json: bool) -> None:
    """List vendors and servers, and what enables them.

    Each variable NAME may be NAME_FILE instead, the path of a file that holds the key. --json has the
    addresses too.
    """
    found = list_upstreams(load_settings(config, os.environ))
    if as_json:
        show_json([msgspec.to_builtins(upstream) for upstream in found])
        return
    rows = (
        (
            upstream.id,
            upstream.name,
            "yes" if upstream.enabled else "no",
            " or ".join(upstream.enabled_by),
        )
        for upstream in found
    )
    show_table(_COLUMNS, rows)
