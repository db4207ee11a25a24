"""What trained weights say of themselves, as `fen models NAME` shows it."""

from __future__ import annotations

from collections.abc import Mapping

import click

from fen.app.manifest import Manifest, Score
from fen.cli.output import Column, show_table

_COLUMNS = (
    Column("score", "id"),
    Column("of", "id"),
    Column("value", "figure"),
    Column("low", "figure"),
    Column("high", "figure"),
    Column("items", "figure"),
)


def show_manifests(found: Mapping[str, tuple[Manifest, ...]]) -> None:
    """Show the manifests of models by their ids; nothing for those without."""
    for model, manifests in found.items():
        for manifest in manifests:
            click.echo()
            _show(model, manifest)


def _show(model: str, manifest: Manifest) -> None:
    click.echo(f"{model}: {manifest.kind} {manifest.name}, trained {manifest.trained}")
    click.echo(f"base: {manifest.base.name} ({manifest.base.sha256})")
    click.echo(f"file: {manifest.bytes:,} bytes ({manifest.sha256})")
    for origin in manifest.data:
        click.echo(f"data: {origin.name} ({origin.sha256})")
    if manifest.recipe:
        click.echo("recipe: " + ", ".join(f"{name} {value}" for name, value in manifest.recipe.items()))
    if manifest.command is not None:
        click.echo(f"made by: {manifest.command}")
    if manifest.scores:
        show_table(_COLUMNS, [_row(score) for score in manifest.scores])


def _row(score: Score) -> tuple[str, ...]:
    figures = (score.value, score.low, score.high)
    items = "" if score.items is None else f"{score.items:,}"
    return (score.name, score.arm, *("" if figure is None else f"{figure:.1f}" for figure in figures), items)
