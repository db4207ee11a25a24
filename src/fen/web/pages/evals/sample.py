# pyright: reportUnknownMemberType=false
"""One sample whole: what was asked, what was answered, the score and why, tokens, seconds and cost.

What was asked may have been injected as well as what was answered: questions are shown as plain text, answers
as Markdown without raw HTML (`fen.web.pages.markdown`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from nicegui import ui

from fen.evals.browsing import Sample, find_sample
from fen.evals.record import Record
from fen.evals.response import Response
from fen.evals.store import Done, KeptResponse
from fen.web.pages.evals.place import Place
from fen.web.pages.evals.run import may_read, place_of, tell_closed
from fen.web.pages.evals.scores import find_words
from fen.web.pages.evals.sheet import show_facts
from fen.web.pages.evals.ways import tell, title
from fen.web.pages.markdown import render
from fen.web.pages.visit import Visit
from fen.wire.errors import NotFound

_LONGEST = 200_000  # characters of one text; a page with more helps nobody

ROLES = ("system", "developer", "user", "assistant", "tool")
NAMES = ("System", "Developer", "User", "Assistant", "Tool")
"""What speakers are called."""


async def show_sample(visit: Visit, place: Place) -> None:
    """Show a sample of a run; raises NotFound where the run has none such."""
    if place.run is None or place.sample is None or place.suite is None:
        raise NotFound("found a sample without its run and suite, expected the three of them")
    at: Done = (place.suite, place.sample, place.epoch or 0)
    wanted = msgspec.structs.replace(place.wanted, suite=None)
    found = await find_sample(visit.app.storage, place.run, at, wanted)
    record = found.record
    title(f"{record.suite} · {record.sample} · {found.run.model}")
    _show_ways(visit, place, found)
    may = await may_read(visit, record.suite)
    _tell_score(visit, record, shown=may)
    if not may:
        tell(tell_closed(visit))
        return
    for number, key in enumerate(record.calls, 1):
        if len(record.calls) > 1:
            title(visit.say("Call {number}", number=number))
        kept = found.kept.get(key)
        if kept is None:
            tell(visit.say("This answer is not kept any more."))
        else:
            _show_call(visit, kept)
    if not record.calls:
        tell(visit.say("Nothing is kept of this sample's text: it came without, or no answer came."))


def _show_ways(visit: Visit, place: Place, found: Sample) -> None:
    say = visit.say
    back = place_of(place, suite=None)
    with ui.element("nav").classes("row items-center q-gutter-md q-mb-sm fen-evals-links") as nav:
        nav.props["aria-label"] = say("Samples")
        ui.link(say("All samples of the run"), back.link())
        for text, other in ((say("Previous"), found.before), (say("Next"), found.after)):
            if other is not None:
                suite, sample, epoch = other
                ui.link(text, place.link(suite=suite, sample=sample, epoch=epoch))
        if found.place >= 0:
            ui.label(say("{place} of {count}", place=found.place + 1, count=found.of)).classes("fen-quiet")


def _tell_score(visit: Visit, record: Record, *, shown: bool) -> None:
    say, words = visit.say, find_words(visit)
    unknown = say("not known")
    facts = [
        (say("Outcome"), words(record.score.outcome)),
        (say("Value"), say.number(record.score.value, 3)),
        (say("Scorer"), record.scorer),
        (say("Dimension"), words.dimension(record.dimension)),
        (say("Tokens read"), say.number(record.input_tokens)),
        (say("Tokens written"), say.number(record.output_tokens)),
        (say("of them reasoning"), say.number(record.reasoning_tokens)),
        (say("Seconds"), say.number(record.seconds, 2)),
        (say("Cost"), unknown if record.cost is None else str(record.cost)),
    ]
    if record.judge_cost is not None:
        facts.append((say("Cost of judging"), str(record.judge_cost)))
    show_facts(facts)
    if shown:
        title(say("Why this score"), 3)
        answer = record.score.answer
        read = say("nothing") if answer is None else answer
        show_facts([(say("Read out of the answer"), _cut(read))])
        if record.score.detail:
            detail = msgspec.json.format(msgspec.json.encode(record.score.detail), indent=2).decode()
            _show_plain(say("Detail of the score"), detail)


def _show_call(visit: Visit, kept: KeptResponse) -> None:
    say = visit.say
    request: dict[str, Any] = msgspec.json.decode(kept.request)
    title(say("Asked"), 3)
    for message in request.pop("messages", []):
        role = str(message.get("role", ""))
        name = say(NAMES[ROLES.index(role)]) if role in ROLES else role
        _show_plain(name, _read_content(message))
    title(say("Answered"), 3)
    _show_answer(visit, kept.response)
    with ui.expansion(say("The request's other members")).classes("full-width"):
        rest = msgspec.json.format(msgspec.json.encode(request), indent=2).decode()
        _show_plain(say("The request's other members"), rest)


def _show_answer(visit: Visit, response: Response) -> None:
    say = visit.say
    if response.reasoning:
        with ui.expansion(say("Reasoning")).classes("full-width"):
            _show_plain(say("Reasoning"), response.reasoning)
    if response.text:
        ui.html(render(_cut(response.text)), sanitize=False).classes("fen-text fen-evals-answer full-width")
    for call in response.calls:
        _show_plain(say("Called {name}", name=call.name), call.arguments)
    tell(
        say(
            "Ended by {reason}; request {request}",
            reason=response.finish_reason or "-",
            request=response.request_id or "-",
        )
    )


def _read_content(message: dict[str, Any]) -> str:
    content = message.get("content")
    text = content if isinstance(content, str) else msgspec.json.encode(content).decode()
    calls = message.get("tool_calls")
    return text if not calls else f"{text}\n{msgspec.json.encode(calls).decode()}"


def _show_plain(name: str, text: str) -> None:
    with ui.element("div").classes("fen-evals-plain full-width"):
        ui.label(name).classes("fen-quiet text-caption")
        ui.label(_cut(text)).classes("fen-evals-pre").props("tabindex=0")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
