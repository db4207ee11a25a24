"""`fen serve`: the API, until it is told to stop."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from fen.app import CommandLine, configure_logging, load_settings
from fen.cli.options import config
from fen.web import serve as serve_api
from fen.web import supervise


@click.command()
@click.option("--host", help="The address to listen on; others than loopback need a key.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, help="Processes that share the port.")
@click.option("--api-only", is_flag=True, help="Leave the pages out.")
@click.option(
    "--pages-port",
    type=click.IntRange(0, 65535),
    help="Where the pages are when there are several workers; else they are where the API is.",
)
@config
def serve(
    host: str | None,
    port: int | None,
    workers: int,
    api_only: bool,
    pages_port: int | None,
    config: Path | None,
) -> None:
    """Serve the API, and the pages for people at `/`.

    SIGINT or SIGTERM ends it once the streams under way have ended; SIGHUP reads the settings again.
    """
    given = CommandLine(host, port, workers, False if api_only else None, pages_port)
    settings = load_settings(config, os.environ, given)
    watched = "text" if sys.stderr.isatty() else "json"
    configure_logging(settings.log_level, settings.log_style or watched)
    if workers > 1:
        supervise(settings, _announce)
    else:
        serve_api(settings, _announce)


def _announce(url: str, has_key: bool) -> None:
    # The log has standard error, and may be JSON.
    click.echo(f"fen serves {url}")
    if not has_key:
        click.echo("no key yet: only this machine can ask; `fen keys create NAME` makes one")
    sys.stdout.flush()
