"""`fen route predict`: what is expected of each model for the prompts of a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from fen.app import load_settings
from fen.app.routing import Predicted, predict
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.routing.artefact import load_artefact
from fen.routing.outcome_files import read_prompts
from fen.wire.money import plain

_COLUMNS = (
    Column("prompt"),
    Column("model", "id"),
    Column("p", "figure"),
    Column("low", "figure"),
    Column("high", "figure"),
    Column("cost", "figure"),
    Column("currency", "id"),
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 48


@click.command()
@click.option("--artefact", type=_FILE, required=True, help="What `fen route fit` has written.")
@click.option("--prompts", type=_FILE, required=True, help="JSON lines or Parquet with `prompt`.")
@config
@as_json
def command(artefact: Path, prompts: Path, config: Path | None, as_json: bool) -> None:
    """Print what is expected of each model for the prompts of a file.

    For each prompt and model: the probability of a right answer with its interval, and the expected cost as
    costs were recorded, or at today's prices where none were. Rows may have `tag`, as outcomes do.
    """
    settings = load_settings(config, os.environ)
    found = predict(settings, load_artefact(artefact), read_prompts(prompts))
    if as_json:
        show_json(list(_describe(found)))
    else:
        show_table(_COLUMNS, _lines(found))


def _describe(found: Sequence[Predicted]) -> Iterator[dict[str, object]]:
    for one in found:
        for estimate in one.estimates:
            yield {
                "prompt": one.asked.text,
                "tag": one.asked.tag,
                "model": estimate.model,
                "p": estimate.p,
                "low": estimate.low,
                "high": estimate.high,
                "cost": None if estimate.cost is None else plain(estimate.cost.amount),
                "currency": None if estimate.cost is None else estimate.cost.currency,
                "output_tokens": estimate.output_tokens,
                "familiar": one.familiar,
            }


def _lines(found: Sequence[Predicted]) -> Iterator[tuple[str, ...]]:
    for one in found:
        prompt = " ".join(one.asked.text[: 4 * _SHOWN].split())
        for estimate in one.estimates:
            cost = estimate.cost
            yield (
                prompt if len(prompt) <= _SHOWN else prompt[: _SHOWN - 3] + "...",
                estimate.model,
                f"{estimate.p:.3f}",
                f"{estimate.low:.3f}",
                f"{estimate.high:.3f}",
                "" if cost is None else f"{cost.amount:.6f}",
                "" if cost is None else cost.currency,
            )
