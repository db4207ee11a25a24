"""`fen config`: whether the settings hold."""

from __future__ import annotations

import os
from pathlib import Path

import click

from fen.app import load_settings, read_offers


@click.group()
def config() -> None:
    """Check the settings."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Read FILE, or $FEN_CONFIG, and the environment as `fen serve` would, and say what is wrong."""
    settings = load_settings(file, os.environ)
    offers = read_offers(settings)
    models = len(offers.find(None, everything=False))
    what = settings.config or "no fen.toml"
    click.echo(f"{what}: fine; {len(offers.upstreams)} upstreams enabled, {models} models can answer")
