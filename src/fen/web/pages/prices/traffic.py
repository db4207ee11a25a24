# pyright: reportUnknownMemberType=false
"""What the recorded traffic would have cost: on other models, at other dates, as a batch, off-peak."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from nicegui import ui

from fen.app.what_if import WhatIf, When, price_recorded
from fen.catalogue import TIERS
from fen.web.pages.prices import cells
from fen.web.pages.prices.asked import Asked
from fen.web.pages.prices.cells import Column
from fen.web.pages.prices.fields import Draw, Fields, Results
from fen.web.pages.prices.said import name
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import InvalidRequest, NotFound
from fen.wire.money import Money, plain

MOST = 20
"""So many models are priced at once."""

_USUAL = timedelta(days=30)


async def show(visit: Visit, asked: Asked) -> None:
    """Show the fields, and what the traffic would have cost; whoever is no administrator sees their own."""
    say = visit.say
    if visit.is_admin:
        ui.label(say("Of all keys, or of one.")).classes("fen-quiet")
    else:
        ui.label(say("Of your own key's requests.")).classes("fen-quiet")
    fields = Fields(asked)
    fields.text("models", say("Models, with commas"), wide=True)
    if visit.is_admin:
        keys = {key.id: key.name for key in await visit.app.keyring.list()}
        if keys:
            fields.choose("key", say("Key"), {"": say("all")} | keys)
    fields.day("since", say("Since"))
    fields.day("until", say("Until"))
    fields.day("on", say("At the prices of"))
    fields.choose("tier", say("Service"), {one: name(say, one) for one in TIERS})
    fields.switch("offpeak", say("At the cheapest hour of the day"))

    async def look() -> Draw:
        models = asked.list("models")
        if not models:
            text = say("Name models to price the recorded requests on, such as openai/gpt-4o-mini.")
            return lambda: _say(text)
        found = await _price(visit, asked, models)
        return lambda: _show(say, found)

    results = fields.results = Results(visit, asked, look)
    await results.refresh()


async def _price(visit: Visit, asked: Asked, models: list[str]) -> list[WhatIf]:
    if len(models) > MOST:
        raise InvalidRequest(f"models: found {len(models)}, expected at most {MOST}")
    now = datetime.now(UTC)
    since, until, on = (asked.day(name) for name in ("since", "until", "on"))
    # Whose traffic it is, is decided here and not by the address.
    key = (asked["key"] or None) if visit.is_admin else (visit.key.id if visit.key is not None else None)
    reading = visit.app.book.read_used(since or (until or now) - _USUAL, until, key)
    tier = asked.pick("tier", TIERS) or "standard"
    when = When(on or now, tier, asked["offpeak"] == "1")
    try:
        return await price_recorded(visit.app.catalogue, models, reading, visit.app.storage, when)
    except NotFound as error:
        if error.message.startswith("model:"):
            raise
        raise NotFound(
            visit.say("No request was recorded in that time. Ask a model something first.")
        ) from None


def _say(text: str) -> None:
    ui.label(text)


def _show(say: Words, found: list[WhatIf]) -> None:
    columns = [
        Column(say("Model")),
        Column(say("Requests"), figure=True),
        Column(say("Would have cost"), figure=True),
        Column(say("Did cost"), figure=True),
        Column(say("Change"), figure=True),
        Column(say("Output tokens expected"), figure=True),
        Column(say("Length by")),
        Column(say("Do not fit"), figure=True),
        Column(say("Unpriced"), figure=True),
        Column(say("Hour, UTC"), figure=True),
    ]
    cells.show_table(
        say("What the recorded traffic would have cost"), columns, [_row(say, one) for one in found]
    )
    told = say(
        "Without a first day: the last 30 days. Input tokens are as recorded, output tokens as expected."
    )
    ui.label(told).classes("fen-quiet")


def _row(say: Words, one: WhatIf) -> list[str]:
    change = one.change
    return [
        cells.model_link(one.model),
        say.number(one.requests),
        _tell(say, one.cost),
        "<br>".join(_tell(say, money) for money in one.recorded),
        "" if change is None else f"{100 * change:+.1f}%",
        say.number(one.output_tokens),
        "<br>".join(
            f"{cells.esc(name(say, basis))} {say.number(count)}" for basis, count in one.bases.items()
        ),
        say.number(one.unfit) if one.unfit else "",
        say.number(one.unpriced) if one.unpriced else "",
        "" if one.hour is None else f"{one.hour:02}:00",
    ]


def _tell(say: Words, money: Money | None) -> str:
    if money is None:
        return cells.quiet(say("unknown"))
    return f"{plain(Decimal(f'{float(money.amount):.6g}'))} {cells.esc(money.currency)}"
