# pyright: reportUnknownMemberType=false
"""The ways through the page: its views, pages of a list, and the models that are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui

from fen.web.pages.evals.place import MOST, VIEWS, Place
from fen.web.pages.visit import Visit

SAID = ("Scores", "Runs", "Length and speed", "Gap over time")
"""What the views are called, in the order of VIEWS."""


def show_ways(visit: Visit, place: Place) -> None:
    """Show the views as links; a run and its samples belong to the runs."""
    at = "runs" if place.run is not None else place.view
    with ui.element("nav").classes("fen-evals-ways") as nav:
        nav.props["aria-label"] = visit.say("Views of evals")
        for view, name in zip(VIEWS, SAID, strict=True):
            link = ui.link(visit.say(name), Place(view, _keep(place, view)).link())
            if view == at:
                link.props("aria-current=page")


def _keep(place: Place, view: str) -> tuple[str, ...]:
    """Scores and effort are of the same models."""
    both = ("scores", "effort")
    return place.models if view in both and place.view in both and place.run is None else ()


def title(text: str, level: int = 2) -> None:
    """Show a heading below the page's own."""
    ui.label(text).props(f"role=heading aria-level={level}").classes(f"fen-evals-h{level}")


def tell(text: str) -> None:
    """Show a quiet line."""
    ui.label(text).classes("fen-quiet fen-text")


def tell_none(visit: Visit) -> None:
    """Say how the first run is made."""
    with ui.card().classes("full-width"):
        ui.label(visit.say("No run has ended in an answer yet. One command makes the first:"))
        ui.html("<code>fen eval run smoke --model MODEL</code>", sanitize=False)


def pick_models(visit: Visit, place: Place, known: Sequence[str], chosen: Sequence[str]) -> None:
    """Let a visitor choose whom to compare; the address changes with it."""
    say = visit.say
    with ui.row().classes("items-center full-width no-wrap fen-evals-pick"):
        picked = choose_several(say("Models, at most {most}", most=MOST), known, chosen)

        def go() -> None:
            ui.navigate.to(place.link(models=tuple(picked.value or ())))

        ui.button(say("Compare"), on_click=go).props("no-caps")


def choose_several(label: str, known: Sequence[str], chosen: Sequence[str]) -> ui.select:
    """Show a field that takes up to MOST of what is known."""
    there = [one for one in chosen if one in known]
    field = ui.select(list(known), multiple=True, value=there, label=label)
    return field.props(f"use-chips outlined dense max-values={MOST}").classes("col")


def show_pages(visit: Visit, page: int, pages: int, link: Callable[[int], str]) -> None:
    """Show the way to the pages before and after one, where there are several."""
    if pages < 2:
        return
    say = visit.say
    with ui.element("nav").classes("row items-center q-gutter-md q-mt-sm fen-evals-links") as nav:
        nav.props["aria-label"] = say("Pages of the list")
        if page > 1:
            ui.link(say("Previous"), link(page - 1))
        ui.label(say("Page {page} of {pages}", page=say.number(page), pages=say.number(pages)))
        if page < pages:
            ui.link(say("Next"), link(page + 1))
