"""What an answer came to, in the reader's words."""

from __future__ import annotations

from fen.conversations import Receipt, Turn, add_costs
from fen.gateway.headroom import Headroom
from fen.hierarchy.store import KeptFinding
from fen.web.pages.words import Words


def tell_receipt(say: Words, receipt: Receipt) -> str:
    """Return a line: model, tokens, cost, seconds to the first text, tokens a second."""
    about = "" if receipt.certainty == "exact" else say("about") + " "
    told = [
        receipt.model,
        say(
            "{about}{read} + {written} tokens",
            about=about,
            read=say.number(receipt.prompt_tokens),
            written=say.number(receipt.completion_tokens),
        ),
        say("cost unknown") if receipt.cost is None else f"{about}{receipt.cost}",
    ]
    if receipt.first_seconds is not None:
        told.append(say("first text after {seconds} s", seconds=say.number(receipt.first_seconds, 2)))
    if receipt.tokens_per_second is not None:
        told.append(say("{speed} tokens/s", speed=say.number(receipt.tokens_per_second, 1)))
    if receipt.segments > 1:
        told.append(say("in {count} calls", count=receipt.segments))
    if receipt.cut_to is not None and receipt.finish == "length":
        told.append(say("cut by the budget at {tokens} tokens", tokens=say.number(receipt.cut_to)))
    return " · ".join(told)


def tell_details(say: Words, receipt: Receipt) -> list[tuple[str, str]]:
    """Return what is told on demand: names and values, those that there are."""
    rows = [
        (say("Route"), receipt.route),
        (say("Guard"), receipt.guard),
        (say("Calls of upstreams"), str(receipt.attempts)),
        (say("Ended by"), receipt.finish),
        (say("Seconds in all"), None if receipt.seconds is None else say.number(receipt.seconds, 2)),
        (say("Request"), receipt.request_id),
    ]
    return [(name, value) for name, value in rows if value is not None]


def tell_finding(say: Words, kept: KeptFinding) -> str:
    """Return one of a guard's findings as a line."""
    found = kept.finding
    told = say(
        "{kind} in {where}, {score} sure", kind=found.kind, where=found.where, score=say.share(found.score)
    )
    return told if found.text is None else f"{told}: {found.text}"


def tell_costs(say: Words, turns: tuple[Turn, ...]) -> str:
    """Return what a conversation cost so far, by currency."""
    costs = add_costs(turns)
    return say("This conversation: {costs}", costs=", ".join(map(str, costs))) if costs else ""


def tell_room(say: Words, ahead: Headroom) -> str:
    """Return how full the context is, and how long an answer may be."""
    used = say.number(ahead.used)
    told = (
        say("Context: about {used} tokens", used=used)
        if ahead.window is None
        else say("Context: about {used} of {window} tokens", used=used, window=say.number(ahead.window))
    )
    if ahead.output is None:
        return told
    if ahead.longest is None:
        return f"{told} · " + say("answers up to {output} tokens", output=say.number(ahead.output))
    return f"{told} · " + say(
        "answers up to {longest} tokens, in calls of {output}",
        longest=say.number(ahead.longest),
        output=say.number(ahead.output),
    )


def tell_fullness(say: Words, ahead: Headroom) -> str:
    """Return a warning, before it hurts: nearly full, or too long; empty where there is room."""
    if ahead.refusal is not None:
        return ahead.refusal
    if ahead.window is None or ahead.used < ahead.window * 0.8:
        return ""
    if ahead.used > ahead.window:
        return say("This is likely longer than the context: begin a new chat, or choose a model with more.")
    return say("The context is nearly full: soon begin a new chat, or choose a model with more.")
