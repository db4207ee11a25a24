"""`fen tiers`: what each tier allows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from fen.accounts.tier import Tier, describe_tier, make_tiers
from fen.app import load_settings
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_facts, show_json, show_table


@click.group()
def tiers() -> None:
    """Show what each tier allows.

    Two ship with Fen; [tiers.NAME] in the settings' file changes them and adds others.
    """


@tiers.command("list")
@config
@as_json
def list_tiers(config: Path | None, as_json: bool) -> None:
    """List all tiers; where nothing stands, the model's own limit holds, or none."""
    found = make_tiers(load_settings(config, os.environ).tiers)
    if as_json:
        show_json([describe_tier(tier) for tier in found.values()])
        return
    facts = [_write(tier) for tier in found.values()]
    show_table([_COLUMNS[name] for name in _COLUMNS], ([fact[name] for name in _COLUMNS] for fact in facts))


@tiers.command()
@click.argument("name")
@config
@as_json
def show(name: str, config: Path | None, as_json: bool) -> None:
    """Show one tier."""
    found = make_tiers(load_settings(config, os.environ).tiers)
    if name not in found:
        raise click.UsageError(f"found no tier {name!r}, expected one of {', '.join(found)}")
    if as_json:
        show_json(describe_tier(found[name]))
    else:
        show_facts((fact, value) for fact, value in _write(found[name]).items() if value)


_COLUMNS = {
    "name": Column("name", "id"),
    "context_window": Column("context", "figure"),
    "max_output_tokens": Column("output", "figure"),
    "abilities": Column("abilities"),
    "models": Column("models"),
    "rpm": Column("rpm", "figure"),
    "tpm": Column("tpm", "figure"),
    "concurrency": Column("at once", "figure"),
    "budgets": Column("budgets"),
    "markup": Column("mark-up", "figure"),
}


def _write(tier: Tier) -> dict[str, str]:
    lists = {
        "abilities": "" if tier.abilities is None else ", ".join(sorted(tier.abilities)) or "text alone",
        "models": ", ".join(tier.models or ()),
        "budgets": ", ".join(map(str, tier.budgets)),
    }
    return {
        name: lists[name] if name in lists else _show(value) for name, value in describe_tier(tier).items()
    }


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
