# pyright: reportUnknownMemberType=false
"""Words that the views of prices have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from nicegui import ui

from fen.app.price_means import PriceMeans
from fen.catalogue.events import Step
from fen.catalogue.history import PriceStep, write_percent
from fen.web.pages.words import Words
from fen.wire.money import plain


def name(say: Words, word: str) -> str:
    """Return one of the data's words, such as a meter, in the reader's language."""
    return _name_all(say).get(word, word)


@cache
def _name_all(say: Words) -> Mapping[str, str]:
    return {
        "vision": say("images"),
        "audio": say("sound"),
        "files": say("files"),
        "tools": say("tools"),
        "json_schema": say("JSON schema"),
        "reasoning": say("reasoning"),
        "input": say("input"),
        "cached_input": say("cached input"),
        "cache_write": say("cache writes"),
        "output": say("output"),
        "audio_input": say("sound in"),
        "audio_output": say("sound out"),
        "image_input": say("images in"),
        "standard": say("standard"),
        "batch": say("batch"),
        "flex": say("flex"),
        "priority": say("priority"),
        "release": say("release"),
        "price": say("price"),
        "fee": say("fee"),
        "limit": say("limit"),
        "retirement": say("retirement"),
        "retired": say("retired"),
        "released": say("not before"),
        "context": say("context only"),
        "context_window": say("context"),
        "max_output_tokens": say("longest output"),
        "own": say("its own"),
        "evaluations": say("evaluations"),
        "traffic": say("traffic"),
        "recorded": say("as recorded"),
    }


def say_hindrance(say: Words, hinders: str | None) -> str:
    """Return why a model cannot take a request: `retired 2026-10-23`, `context 4,096`."""
    if not hinders:
        return ""
    what, _, bound = hinders.partition(" ")
    return f"{name(say, what)} {bound}"


def say_step(step: PriceStep) -> str:
    """Return `5 → 1 (-80%)`; what was not known before is left out."""
    after = "?" if step.after is None else plain(step.after)
    if step.before is None:
        return after
    percent = "" if step.percent is None else f" ({write_percent(step.percent)})"
    return f"{plain(step.before)} → {after}{percent}"


def say_limit(say: Words, step: Step) -> str:
    """Return `longest output 4,096 → 8,192`."""
    before = "" if step.before is None else f"{say.number(step.before)} → "
    return f"{name(say, step.limit)} {before}{say.number(step.after)}"


def say_rates(say: Words, means: PriceMeans) -> None:
    """Show by which dated rates amounts were changed, or that none is stated."""
    if means.common is None:
        text = say("No rate of exchange is set under [fx]: each currency has an order of its own.")
        ui.label(text).classes("fen-quiet")
        return
    for rate in means.common.rates:
        text = say(
            "Changed at {rate} {quote} per {base}, of {day} ({source}).",
            rate=f"{rate.rate:.6g}",
            quote=rate.quote,
            base=rate.base,
            day=rate.on.isoformat(),
            source=rate.source,
        )
        ui.label(text).classes("fen-quiet fen-text")
