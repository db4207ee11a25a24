# pyright: reportUnknownMemberType=false
"""The page of prices: what models cost, did cost, would cost, and are worth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from fen.web.pages.prices import claims, model, models, timeline, traffic, value, workload
from fen.web.pages.prices.asked import Asked
from fen.web.pages.visit import Visit

NAMES = {
    "/prices": "Models",
    "/prices?view=timeline": "Timeline",
    "/prices?view=claims": "Claims",
    "/prices?view=workload": "A workload",
    "/prices?view=traffic": "Recorded traffic",
    "/prices?view=value": "Value",
}
"""Each view's address and its English name, in the order of their menu."""

_VIEWS: dict[str, Callable[[Visit, Asked], Awaitable[None]]] = {
    "": models.show,
    "timeline": timeline.show,
    "claims": claims.show,
    "workload": workload.show,
    "traffic": traffic.show,
    "value": value.show,
}


async def show(visit: Visit) -> None:
    """Show the view that the query string names, or a model; the list of models where it names none."""
    asked = Asked(visit.request.query_params)
    view = asked["view"] if asked["view"] in _VIEWS else ""
    _show_views(visit, None if asked["model"] else view)
    if asked["model"]:
        await model.show(visit, asked)
    else:
        await _VIEWS[view](visit, asked)


def _show_views(visit: Visit, here: str | None) -> None:
    say = visit.say
    with ui.element("nav").props(f'aria-label="{say("Views of prices")}"').classes("fen-views"):
        for address, name in NAMES.items():
            link = ui.link(say(name), address)
            if here is not None and address.partition("=")[2] == here:
                link.props("aria-current=page")


__all__ = ["show"]
