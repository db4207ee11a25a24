# pyright: reportUnknownMemberType=false
"""What was said of prices, held against the price book."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from nicegui import ui

from fen.catalogue import Catalogue
from fen.catalogue.claims import MIX, Finding, Measure, Verdict, judge, read_claims
from fen.web.pages.prices import cells
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.said import name
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words


async def show(visit: Visit, asked: Asked) -> None:
    """Show each claim with its rows, and whether it holds."""
    say = visit.say
    told = say("What was said of prices, held against the price book.")
    ui.label(told).classes("fen-quiet")
    for verdict in await asyncio.to_thread(_judge_all, visit.app.catalogue):
        _show(say, verdict)


def _judge_all(catalogue: Catalogue) -> list[Verdict]:
    return [judge(claim, catalogue) for claim in read_claims()]


def _show(say: Words, verdict: Verdict) -> None:
    claim = verdict.claim
    with ui.element("section").classes("fen-card"):
        ui.label(f"“{claim.text}”").props("role=heading aria-level=2").classes("text-subtitle1")
        held, kind = _conclude(say, verdict)
        first, than = claim.cheaper, claim.than
        stated = cells.source(say, claim.source.url, claim.source.checked)
        ui.html(
            f"<p>{cells.mark(held, kind)} {cells.model_link(first.model)} {first.on} · "
            f"{cells.model_link(than.model)} {than.on} · {stated}</p>",
            sanitize=False,
        )
        columns = [
            Column(say("Price of")),
            Column(say("Cheaper one"), figure=True),
            Column(say("Dearer one"), figure=True),
            Column(say("Cheaper by"), figure=True),
            Column(say("Claimed"), figure=True),
            Column(say("Holds")),
        ]
        cells.show_table(claim.text, columns, [_line(say, verdict, one) for one in verdict.findings])


def _conclude(say: Words, verdict: Verdict) -> tuple[str, str]:
    if verdict.holds is not None:
        return (say("holds"), "fen-mark-good") if verdict.holds else (say("does not hold"), "fen-mark-bad")
    held = [_name(say, finding.of) for finding in verdict.findings if finding.holds]
    return (say("holds for {what} only", what=", ".join(held)) if held else say("unknown")), ""


def _line(say: Words, verdict: Verdict, finding: Finding) -> list[str]:
    claim = verdict.claim
    bound = _write(say, claim.measure, Decimal(claim.at_least))
    words = {True: say("yes"), False: say("no"), None: say("unknown")}
    return [
        cells.esc(_name(say, finding.of)),
        cells.money(say, finding.cheaper),
        cells.money(say, finding.than),
        "" if finding.figure is None else cells.esc(_write(say, claim.measure, finding.figure)),
        cells.esc(
            say("more than {bound}", bound=bound) if claim.strict else say("at least {bound}", bound=bound)
        ),
        cells.esc(words[finding.holds]),
    ]


def _name(say: Words, of: str) -> str:
    return say("input and output, as much of each") if of == MIX else name(say, of)


def _write(say: Words, measure: Measure, figure: Decimal) -> str:
    text = f"{figure:.1f}".removesuffix(".0")
    return f"{text}%" if measure == "percent" else say("{count} times", count=text)
