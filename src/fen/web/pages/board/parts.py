# pyright: reportUnknownMemberType=false
"""What a page of the board consists of; the parts of one shape take a new edition in their places."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from nicegui import ui

from fen.web.pages.board.charts import Options
from fen.web.pages.board.view import View
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words


class Parts:
    """The elements of a board that has votes, made where they are called."""

    def __init__(self, view: View, say: Words) -> None:
        with ui.row().classes("items-center fen-state"):
            ui.label(say("Live")).classes("fen-live")
            self._state = ui.label(view.state).classes("fen-quiet")
        self._problem = _show_problem(view)
        self._ratings = self._show_ratings(view, say) if view.ratings else None
        self._table = ui.html(view.table, sanitize=False)
        self._styles = ui.html(view.styles, sanitize=False)
        self._value = self._show_value(view.value, say) if view.value else None
        self._ways = _show_ways(view, say)

    def change(self, view: View) -> None:
        """Show another board of the same shape."""
        self._state.set_text(view.state)
        if self._problem is not None:
            self._problem.set_text(view.problem)
        if self._ratings is not None and view.ratings is not None:
            self._ratings.style(f"height: {view.height}px")
            _put(self._ratings, view.ratings)
        if self._value is not None and view.value is not None:
            _put(self._value, view.value)
        for element, content in (
            (self._table, view.table),
            (self._styles, view.styles),
            (self._ways, view.ways),
        ):
            if element is not None and element.content != content:
                element.set_content(content)

    def _show_ratings(self, view: View, say: Words) -> ui.echart:
        _show_heading(say("Ratings"))
        told = say("Dots are ratings, whiskers their 95% intervals, and a band is a group: not told apart.")
        ui.label(told).classes("fen-quiet")
        chart = _show_chart(view.ratings or {}, say("Ratings and their intervals, as in the table below"))
        return chart.style(f"height: {view.height}px")

    def _show_value(self, options: Options, say: Words) -> ui.echart:
        _show_heading(say("Rating against cost"))
        told = say("On the line: no other model is as good for no more money. Hollow dots: another one is.")
        ui.label(told).classes("fen-quiet")
        return _show_chart(
            options, say("Rating against the cost of an answer, as in the table above")
        ).classes("fen-value")


def show_empty(visit: Visit, *, in_category: bool) -> None:
    """Say that there is no vote yet, and what brings one."""
    say = visit.say
    with ui.card().props("role=status").classes("full-width fen-empty"):
        if in_category:
            ui.label(say("No votes in this category yet.")).classes("text-h6")
            return
        ui.label(say("No votes yet, so there is no board.")).classes("text-h6")
        ui.label(say("Battles make votes; so does a file of them: fen arena import FILE."))
        table = visit.app.settings.arena
        if not table.models and not table.stealth:
            ui.label(
                say(
                    "fen.toml names no models under [arena]: the embedded model plays against itself, "
                    "at two settings."
                )
            )
        ui.link(say("Begin a battle"), "/arena")


def show_meanings(say: Words) -> None:
    """Say what each number means, folded away."""
    told = {
        say("Rating"): say(
            "A place on a ruler where distance means odds: 400 points are 10 to 1. It has no zero, "
            "so only distances count."
        ),
        say("95% interval"): say(
            "Had other people voted, the rating would be another. In 95 of 100 such arenas the interval "
            "holds what endlessly many votes would give."
        ),
        say("Group, rank"): say(
            "All pairs are compared together. A group begins at the first model that is certainly worse than "
            "the head of the group before; a rank of 3–5 may be any of these."
        ),
        say("Votes to flip"): say(
            "So many votes for the next model below, against this one, would turn the two around."
        ),
        say("Both bad"): say("The share of a model's votes that found both answers bad."),
        say("Worth its money"): say("No other model is rated as high for no more money; otherwise, who is."),
        say("Style control"): say(
            "Long answers with headers and lists win votes. With it, models are rated as if all answers "
            "looked alike."
        ),
        say("unrated"): say("It won or lost every vote, or never met the others: no number would be right."),
    }
    with _folded(say("What the numbers mean")), ui.element("dl").classes("fen-meanings"):
        for term, meaning in told.items():
            with ui.element("dt"):
                ui.label(term)
            with ui.element("dd"):
                ui.label(meaning)


def _show_problem(view: View) -> ui.label | None:
    return ui.label(view.problem).props("role=alert").classes("fen-wrong") if view.problem else None


def _show_ways(view: View, say: Words) -> ui.html | None:
    if not view.ways:
        return None
    with _folded(say("How much the board depends on how votes are counted")):
        return ui.html(view.ways, sanitize=False)


@contextmanager
def _folded(title: str) -> Generator[None]:
    """Put what is made inside behind a title, which the browser itself unfolds."""
    with ui.element("details").classes("fen-fold"):
        with ui.element("summary"):
            ui.label(title)
        yield


def _show_heading(text: str) -> None:
    ui.label(text).props("role=heading aria-level=2").classes("text-h6 q-mt-md")


def _show_chart(options: Options, told: str) -> ui.echart:
    chart = ui.echart(dict(options), renderer="svg").props(f'role=img aria-label="{told}"')
    return chart.classes("full-width fen-chart")


def _put(chart: ui.echart, options: Options) -> None:
    """Give a chart other options: its own outermost table, with the contents that all pages share."""
    chart.options.clear()
    chart.options.update(options)
    chart.update()
