# pyright: reportUnknownMemberType=false
"""Budgets of keys and teams: set and removed as `fen budgets` does; those of tiers are shown beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from nicegui import ui

from fen.accounts import Budget
from fen.accounts.budget import Period, end_window
from fen.ledger import Room
from fen.web.pages.admin.desk import Desk
from fen.web.pages.rows import Cell, Press, Sort, show_rows
from fen.web.pages.words import Words
from fen.wire.money import plain

Draw = Callable[[], Awaitable[None]]


async def show(desk: Desk) -> None:
    """Show the form for a budget, and how all of them stand."""
    say, records = desk.say, desk.records
    keys = await records.keyring.list()
    names = [f"key:{key.name}" for key in keys if key.revoked_at is None]
    teams = sorted({f"team:{key.team}" for key in keys if key.team is not None})

    async def draw() -> None:
        rooms = await records.rooms(await records.list_budgets())
        table.clear()
        with table:
            _list(desk, rooms, {key.id: key.name for key in keys}, draw)

    with ui.element("form").classes("fen-fields") as form:
        form.props["aria-label"] = say("Set a budget")
        owner = ui.input(say("Owner"), placeholder="key:NAME, team:NAME", autocomplete=[*names, *teams])
        limit = ui.input(say("Limit"), placeholder="2USD/month")
        for field in (owner, limit):
            field.props("dense outlined stack-label maxlength=80")

        async def set_budget() -> None:
            done = await desk.change(
                lambda actor: records.set_budget(str(owner.value or ""), str(limit.value or ""), actor)
            )
            if done is not None:
                ui.notify(say("{owner} may spend {limit}", owner=str(owner.value), limit=str(done)))
                owner.value = limit.value = ""
                await draw()

        ui.button(say("Set")).props("no-caps type=submit")
        form.on("submit.prevent", set_budget)
    told = say("It takes the place of the budget for the same period; what was spent stays spent.")
    ui.label(told).classes("fen-quiet text-caption")
    table = ui.column().classes("full-width")
    await draw()


def _list(desk: Desk, rooms: Mapping[Budget, Room], names: Mapping[str, str], draw: Draw) -> None:
    say = desk.say
    if not rooms:
        ui.label(say("No budget: nothing but the price holds anybody back.")).classes("fen-quiet")
        return

    async def remove(word: str) -> None:
        owner, _, period = word.rpartition("/")
        if not await desk.confirm(say("Remove the budget of {owner}?", owner=owner), say("Remove")):
            return
        if await desk.change(lambda actor: _remove(desk, owner, period, actor)) is not None:
            await draw()

    now = datetime.now(UTC)
    rows = [_say_row(say, budget, room, names, now) for budget, room in rooms.items()]
    show_rows(say("Budgets"), _make_columns(say), rows, remove)


async def _remove(desk: Desk, owner: str, period: str, actor: str) -> Budget:
    known: dict[str, Period] = {"day": "day", "month": "month", "total": "total"}
    return await desk.records.remove_budget(owner, known[period], actor)


def _make_columns(say: Words) -> list[tuple[str, Sort]]:
    return [
        (say("Owner"), "text"),
        (say("Limit"), "figure"),
        (say("Spent"), "figure"),
        (say("Held"), "figure"),
        (say("Left"), "figure"),
        (say("Begins anew (UTC)"), "text"),
        ("", "text"),
    ]


def _say_row(
    say: Words, budget: Budget, room: Room, names: Mapping[str, str], now: datetime
) -> tuple[Cell, ...]:
    owner = f"{budget.scope}:{names.get(budget.owner, budget.owner)}"
    # An id finds a key whatever else is called like it.
    word = f"{budget.scope}:{budget.owner}/{budget.period}"
    fixed = budget.scope == "tier"
    ends = end_window(budget.period, now)
    return (
        owner,
        str(budget),
        *(plain(money.amount) for money in (room.spent, room.held, room.left)),
        "" if ends is None else say.day(ends.date()),
        say("in fen.toml")
        if fixed
        else Press(say("Remove"), word, say("Remove {limit} of {owner}", limit=str(budget), owner=owner)),
    )
