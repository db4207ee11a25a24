"""`fen prices claims`: what was said of prices, held against the price book."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import click
import msgspec

from fen.app import load_settings, read_offers
from fen.catalogue.claims import Finding, Measure, Verdict, judge, read_claims
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json
from fen.cli.sources import Sources, show_filled

_COLUMNS = (
    Column("of", "id"),
    Column("cheaper", "figure"),
    Column("than", "figure"),
    Column("by", "figure"),
    Column("claimed", "figure"),
    Column("holds", "id"),
)
_WORDS = {True: "yes", False: "no", None: "unknown"}


@click.command()
@click.argument("name", required=False)
@config
@as_json
def command(name: str | None, config: Path | None, as_json: bool) -> None:
    """Hold what was said of prices against the price book.

    Each claim compares two models at the prices of a day: of input, of output, and of as much of the one as
    of the other. It holds where each row does. With NAME, only that claim.
    """
    claims = [claim for claim in read_claims() if name in (None, claim.name)]
    if not claims:
        known = ", ".join(claim.name for claim in read_claims())
        raise click.UsageError(f"found the claim {name!r}, expected one of {known}")
    catalogue = read_offers(load_settings(config, os.environ)).catalogue
    verdicts = [judge(claim, catalogue) for claim in claims]
    if as_json:
        show_json([msgspec.to_builtins(verdict) for verdict in verdicts])
        return
    sources = Sources()
    for number, verdict in enumerate(verdicts):
        if number:
            click.echo()
        _show(verdict, sources)
    sources.show()


def _show(verdict: Verdict, sources: Sources) -> None:
    claim = verdict.claim
    mark = sources.number(claim.source.url, claim.source.checked)
    click.echo(f'"{claim.text}" {mark}: {_conclude(verdict)}')
    click.echo(f"{claim.cheaper.model} on {claim.cheaper.on}, {claim.than.model} on {claim.than.on}")
    show_filled(_COLUMNS, [_line(verdict, finding) for finding in verdict.findings])


def _conclude(verdict: Verdict) -> str:
    if verdict.holds is not None:
        return "holds" if verdict.holds else "does not hold"
    held = [finding.of for finding in verdict.findings if finding.holds]
    return f"holds for {', '.join(held)} only" if held else "unknown"


def _line(verdict: Verdict, finding: Finding) -> tuple[str, ...]:
    claim = verdict.claim
    bound = _write(claim.measure, Decimal(claim.at_least))
    return (
        finding.of,
        "unknown" if finding.cheaper is None else str(finding.cheaper),
        "unknown" if finding.than is None else str(finding.than),
        "" if finding.figure is None else _write(claim.measure, finding.figure),
        f"{'more than' if claim.strict else 'at least'} {bound}",
        _WORDS[finding.holds],
    )


def _write(measure: Measure, figure: Decimal) -> str:
    text = f"{figure:.1f}".removesuffix(".0")
    return f"{text}%" if measure == "percent" else f"{text} times"
