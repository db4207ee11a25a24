# pyright: reportUnknownMemberType=false
"""Models and the health of their upstreams, as /readyz and /metrics tell it; and limits that were learnt."""

from __future__ import annotations

from nicegui import ui

from fen.app.health import Health, read_health
from fen.gateway.breaker import STATES
from fen.web.pages.admin.desk import Desk
from fen.web.pages.rows import Sort, say_moment, show_rows
from fen.web.pages.words import Words

SAID = ("answers", "keeps failing", "is tried again", "wants to be left alone")
"""What the breakers' states mean, in the order of STATES."""

_MEANINGS = dict(zip(STATES, SAID, strict=True))


async def show(desk: Desk) -> None:
    """Show what is lacking, each model with the state of its upstream, and learnt limits."""
    say, app = desk.say, desk.visit.app
    troubles = {**await app.lacking(), **await app.degraded()}
    with ui.element("div").props("role=status"):
        if not troubles:
            ui.label(say("Requests can be served; nothing is lacking."))
        for name, trouble in troubles.items():
            ui.label(f"{name}: {trouble}").classes("fen-wrong")
    columns: list[tuple[str, Sort]] = [
        (say("Model"), "text"),
        (say("Upstream"), "text"),
        (say("Its name there"), "code"),
        (say("State"), "text"),
        (say("Seconds to wait"), "figure"),
        (say("Failed openings"), "figure"),
    ]
    found = read_health(app)
    show_rows(say("Models"), columns, [_say_row(say, one) for one in found])
    told = say("As this process met them: replicas and workers count each for themselves.")
    ui.label(told).classes("fen-quiet text-caption")
    _show_learnt(desk)


def _say_row(say: Words, one: Health) -> tuple[str, ...]:
    view = one.view
    if view is None:
        return (one.model, one.upstream, one.upstream_model, say("not called yet"), "", "")
    state = say(_MEANINGS[view.state])
    waits = say.number(view.seconds, 0) if view.seconds else ""
    return (one.model, one.upstream, one.upstream_model, state, waits, str(view.trips or ""))


def _show_learnt(desk: Desk) -> None:
    say = desk.say
    ui.label(say("Limits that were learnt")).props("role=heading aria-level=2").classes("text-h6")
    learnt = desk.visit.app.learnt.list()
    if not learnt:
        ui.label(say("No upstream has named another limit in the last day.")).classes("fen-quiet")
        return
    columns: list[tuple[str, Sort]] = [
        (say("Upstream"), "text"),
        (say("Its name there"), "code"),
        (say("Limit"), "code"),
        (say("Tokens"), "figure"),
        (say("In its words"), "text"),
        (say("Time (UTC)"), "text"),
    ]
    rows = [
        (one.upstream, one.model, one.kind, say.number(one.value), one.words, say_moment(say, one.learnt_at))
        for one in learnt
    ]
    show_rows(say("Limits that were learnt"), columns, rows)
