"""`fen route explain`: whom a route would ask about a prompt, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import load_settings
from fen.app.routes import AUTO
from fen.app.routing import Explained, explain
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_facts, show_json, show_table
from fen.routing import Asked
from fen.routing.decision import Reason
from fen.routing.show import say_target

_COLUMNS = (
    Column("place", "figure"),
    Column("model", "id"),
    Column("p", "figure"),
    Column("interval", "id"),
    Column("tokens", "figure"),
    Column("cost", "id"),
    Column("why"),
)
_WHY: Mapping[Reason, str] = {
    "target": "the cheapest that meets the target",
    "best": "none meets the target: expected to be the best",
    "static": "by single models' past alone",
    "unproven": "no guarantee holds",
    "explored": "drawn by chance",
    "only": "nobody else can serve it",
}


class _Options(TypedDict):
    route: str
    artefact: Path | None
    tag: str | None
    config: Path | None
    as_json: bool


@click.command()
@click.argument("prompt")
@click.option("--route", default=AUTO, show_default=True, metavar="NAME", help="Whose pool and target hold.")
@click.option(
    "--artefact",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="To decide by, instead of the route's own.",
)
@click.option("--tag", metavar="TAG", help="What kind of work it is.")
@config
@as_json
def command(prompt: str, **options: Unpack[_Options]) -> None:
    """Show whom a route would ask about PROMPT, and why; no model is asked.

    The decision is the gateway's own. In the order in which they would be asked: expected quality with its
    interval, expected tokens and cost. Where the settings have no such route, the models of the artefact are
    compared.
    """
    settings = load_settings(options["config"], os.environ)
    asked = Asked(prompt, tag=options["tag"])
    found = explain(settings, asked, options["route"], options["artefact"])
    if options["as_json"]:
        show_json(_describe(found))
        return
    decision, policy = found.decision, found.policy
    reference = decision.reference or "none"
    if decision.reference_cost is not None:
        reference += f", expected to cost {decision.reference_cost}"
    facts = [
        ("route", f"{decision.route}: {say_target(policy.target)}"),
        ("artefact", "none" if found.artefact is None else f"{decision.artefact} in {found.artefact}"),
        ("asked first", f"{decision.first}: {_WHY[decision.reason]}"),
        ("familiar", "yes" if decision.familiar else "no"),
        ("reference", reference),
    ]
    if decision.note:
        facts.append(("note", decision.note))
    show_facts(facts)
    click.echo()
    show_table(_COLUMNS, _lines(found))


def _lines(found: Explained) -> Iterator[tuple[str, ...]]:
    decision = found.decision
    places = {model: place for place, model in enumerate(decision.order, 1)}
    for one in sorted(
        decision.estimates, key=lambda one: (places.get(one.model, len(places) + 1), one.model)
    ):
        place = places.get(one.model)
        yield (
            "" if place is None else str(place),
            one.model,
            f"{one.p:.3f}",
            f"{one.low:.3f} {one.high:.3f}",
            str(one.output_tokens),
            "unknown" if one.cost is None else f"{one.cost.amount:.6f} {one.cost.currency}",
            _say(found, one.model, place, known=one.known),
        )


def _say(found: Explained, model: str, place: int | None, *, known: bool) -> str:
    decision = found.decision
    if place == 1:
        return _WHY[decision.reason]
    if place is None:
        return "excluded, or over the price cap"
    if place == 2 and decision.escalates:
        return "asked where the first answer is not kept"
    return "stands in where those above fail" + ("" if known else "; not in the artefact")


def _describe(found: Explained) -> dict[str, object]:
    decision = found.decision
    places = {model: place for place, model in enumerate(decision.order, 1)}
    return {
        "route": decision.route,
        "target": say_target(found.policy.target),
        "artefact": decision.artefact,
        "chosen": decision.first,
        "reason": decision.reason,
        "note": decision.note,
        "familiar": decision.familiar,
        "escalates": decision.escalates,
        "propensity": decision.propensity,
        "reference": decision.reference,
        "reference_cost": decision.reference_cost,
        "candidates": [
            {
                "model": one.model,
                "place": places.get(one.model),
                "p": one.p,
                "low": one.low,
                "high": one.high,
                "cost": one.cost,
                "output_tokens": one.output_tokens,
                "known": one.known,
                "why": _say(found, one.model, places.get(one.model), known=one.known),
            }
            for one in sorted(decision.estimates, key=lambda one: places.get(one.model, len(places) + 1))
        ],
    }
