# pyright: reportUnknownMemberType=false
"""How long models' answers are, and how fast they come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nicegui import ui

from fen.evals.report import Heading, collect_entries
from fen.evals.report.effort import Effort, measure_efforts, share_suites
from fen.evals.speed.kept import Pace, find_paces
from fen.evals.statistics.median import Median
from fen.evals.store import list_models, read_speed_responses
from fen.web.pages.evals.charts import Whisker, draw_boxes, draw_whiskers
from fen.web.pages.evals.place import Place
from fen.web.pages.evals.scores import number_models
from fen.web.pages.evals.sheet import Colours, show_rows
from fen.web.pages.evals.ways import pick_models, tell, tell_none, title
from fen.web.pages.visit import Visit

_AT_FIRST = 5


async def show_effort(visit: Visit, place: Place) -> None:
    """Show lengths and speed of the chosen models, or of those that ran or were measured last."""
    storage = visit.app.storage
    ran = await storage.read(list_models)
    paces = await asyncio.to_thread(find_paces, await storage.read(read_speed_responses))
    known = list(dict.fromkeys((*ran, *(pace.model for pace in paces))))
    if not known:
        tell_none(visit)
        return
    chosen = place.models or tuple(known[:_AT_FIRST])
    pick_models(visit, place, known, chosen)
    colours = number_models(chosen)
    entries = await collect_entries(storage, [one for one in chosen if one in ran]) if ran else ()
    suites = share_suites(entries)
    efforts = await asyncio.to_thread(measure_efforts, entries, suites)
    _show_lengths(visit, efforts, suites, colours)
    _show_paces(visit, [pace for pace in paces if pace.model in chosen], colours)
    _show_whole(visit, efforts, colours)


def _show_lengths(visit: Visit, efforts: Sequence[Effort], suites: Sequence[str], colours: Colours) -> None:
    say = visit.say
    title(say("Length of answers"))
    if not efforts:
        tell(say("These models have no suite in common; lengths of answers to other questions say nothing."))
        return
    names = ", ".join(suites)
    tell(
        say(
            "Output tokens of an answer, reasoning included, over what all were asked: {suites}", suites=names
        )
    )
    told = say("Lengths of answers by model; the table with the same figures follows.")
    rows = [(one.model, one.tokens, colours[one.model]) for one in efforts]
    draw_boxes(rows, say("output tokens: P5, P25, median, P75, P95"), told)
    headings = _head(visit, say("Answers"), "P5", "P25", say("Median"), "P75", "P95", say("Mean"))
    headings += (Heading(say("Reasoning"), "figure"), Heading(say("Cut at a limit"), "figure"))
    lines = [
        (
            one.model,
            say.number(one.answers),
            *(say.number(value, 0) for value in one.tokens),
            say.number(one.mean, 0),
            say.share(one.reasoning),
            say.share(one.cut),
        )
        for one in efforts
    ]
    show_rows(say("Length of answers"), headings, lines, colours)


def _show_paces(visit: Visit, paces: Sequence[Pace], colours: Colours) -> None:
    say = visit.say
    title(say("Speed, measured"))
    if not paces:
        tell(say("None of these models was measured; one command does it:"))
        ui.html("<code>fen eval speed MODEL</code>", sanitize=False)
        return
    tell(
        say("By fen eval speed, each model's latest measurement: medians of single calls with 95% intervals.")
    )
    with ui.element("div").classes("fen-evals-side"):
        with ui.element("div"):
            title(say("Seconds to the first token"), 3)
            told = say("Seconds to the first token by model and load; the table follows.")
            firsts = [_whisk(visit, pace, pace.first, colours) for pace in paces]
            draw_whiskers(firsts, say("seconds, less is better"), told)
        with ui.element("div"):
            title(say("Output tokens a second"), 3)
            told = say("Output tokens a second by model and load; the table follows.")
            speeds = [_whisk(visit, pace, pace.speed, colours) for pace in paces if pace.speed is not None]
            draw_whiskers(speeds, say("tokens a second of one call, more is better"), told)
    headings = (
        Heading(say("Model"), "model"),
        Heading(say("Load"), "id"),
        Heading(say("Calls"), "figure"),
        Heading(say("First token, median"), "figure"),
        Heading("P95", "figure"),
        Heading(say("Tokens a second, median"), "figure"),
        Heading(say("Measured"), "id"),
    )
    lines = [
        (
            pace.model,
            _tell_load(visit, pace),
            say.number(pace.calls),
            _tell(visit, pace.first, 3),
            say.number(pace.first.p95, 3),
            "-" if pace.speed is None else _tell(visit, pace.speed, 1),
            f"{pace.began:%Y-%m-%d %H:%M}",
        )
        for pace in paces
    ]
    show_rows(say("Speed, measured"), headings, lines, colours)


def _show_whole(visit: Visit, efforts: Sequence[Effort], colours: Colours) -> None:
    if not efforts:
        return
    say = visit.say
    title(say("Speed of whole answers"))
    tell(
        say(
            "From the runs: seconds from asking to the end of the answer, and output tokens by those "
            "seconds. Runs ask several at once, so they are no measurement of the model alone."
        )
    )
    rows = [
        Whisker(one.model, one.seconds.value, one.seconds.low, one.seconds.high, colours[one.model])
        for one in efforts
    ]
    told = say("Seconds of whole answers by model; the table follows.")
    draw_whiskers(rows, say("seconds of an answer, median"), told)
    headings = _head(visit, say("Answers"), say("Seconds, median"), "P95", say("Tokens a second, median"))
    lines = [
        (
            one.model,
            say.number(one.answers),
            _tell(visit, one.seconds, 2),
            say.number(one.seconds.p95, 2),
            "-" if one.rate is None else _tell(visit, one.rate, 1),
        )
        for one in efforts
    ]
    show_rows(say("Speed of whole answers"), headings, lines, colours)


def _head(visit: Visit, *titles: str) -> tuple[Heading, ...]:
    return (Heading(visit.say("Model"), "model"), *(Heading(title, "figure") for title in titles))


def _whisk(visit: Visit, pace: Pace, median: Median, colours: Colours) -> Whisker:
    name = f"{pace.model} · {_tell_load(visit, pace)}"
    return Whisker(name, median.value, median.low, median.high, colours.get(pace.model, 0))


def _tell_load(visit: Visit, pace: Pace) -> str:
    say = visit.say
    if pace.loop == "closed":
        return say("{load} at once", load=say.number(pace.load))
    if pace.loop == "open":
        return say("{load} a second", load=say.number(pace.load))
    return say("not known")


def _tell(visit: Visit, median: Median, digits: int) -> str:
    value = visit.say.number(median.value, digits)
    if median.low is None or median.high is None:
        return value
    return f"{value} [{visit.say.number(median.low, digits)}-{visit.say.number(median.high, digits)}]"
