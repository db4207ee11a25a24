"""`fen route show`: what an artefact was learnt from, and how well it does."""

from __future__ import annotations

from pathlib import Path

import click

from fen.app.route_evidence import Gathered
from fen.cli.options import as_json
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.cli.route.sources import say_lost
from fen.routing.artefact import load_artefact
from fen.routing.manifest import Manifest, Newcomer

_COLUMNS = (
    Column("model", "id"),
    Column("outcomes", "figure"),
    Column("votes", "figure"),
    Column("score", "figure"),
    Column("guarantee rests on", "figure"),
)


@click.command()
@click.argument("artefact", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def command(artefact: Path, as_json: bool) -> None:
    """Show what an artefact was learnt from, and how well it does.

    ARTEFACT is a file that `fen route fit` or `join` has written. It is read whole, so that a damaged
    one is told.
    """
    _show(load_artefact(artefact).manifest, as_json=as_json)


def show_saved(path: Path, gathered: Gathered, *, as_json: bool) -> None:
    """Print what an artefact that was just saved says of itself, and for people which costs were left out."""
    _show(load_artefact(path).manifest, as_json=as_json)
    if not as_json and (lost := say_lost(gathered)):
        click.echo(lost)


def _show(manifest: Manifest, *, as_json: bool) -> None:
    if as_json:
        show_json(manifest)
    else:
        show_manifest(manifest)


def _say(one: Newcomer) -> str:
    """Return how a model joined, in one line."""
    lengths = f"{one.lengths} lengths" if one.lengths else "the others' lengths"
    costs = f"{one.costs} costs" if one.costs else "no costs"
    return (
        f"{one.model} at {one.made:%F %T}, by {one.outcomes} outcomes on {one.requests} prompts,"
        f" {lengths} and {costs}; data {one.data[:12]}; no guarantee asks it"
    )


def show_manifest(manifest: Manifest) -> None:
    """Print a manifest."""
    counts = f"{manifest.outcomes} outcomes and {manifest.votes} votes on {manifest.requests} prompts"
    facts = [
        ("artefact", manifest.id),
        ("made", f"{manifest.made:%F %T} by Fen {manifest.fen}"),
        ("learnt from", counts),
        ("data", manifest.data),
        ("tags", ", ".join(f"{tag} ({n})" for tag, n in manifest.tags.items()) or "none"),
        (
            "measured",
            ", ".join(f"{name} {value:.4f}" for name, value in manifest.metrics.items()) or "nothing",
        ),
    ]
    facts += [("joined", _say(one)) for one in manifest.joined]
    show_facts(facts)
    click.echo()
    show_table(
        _COLUMNS,
        [
            (
                one.model,
                str(one.outcomes),
                str(one.votes),
                "" if one.score is None else f"{one.score:.3f}",
                str(manifest.guarantees.get(one.model, "")),
            )
            for one in manifest.models
        ],
    )
