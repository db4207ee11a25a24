"""`fen openapi`: the API, described for programs."""

from __future__ import annotations

import click

from fen.cli.output import show_json
from fen.web.api.openapi import make_document


@click.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    show_json(make_document())
