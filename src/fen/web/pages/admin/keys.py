# pyright: reportUnknownMemberType=false
"""Keys: made, listed and revoked as `fen keys` does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui

from fen.accounts import Budget, Key
from fen.accounts.key import DEFAULT_TIER
from fen.ledger import Room
from fen.web.pages.admin.desk import Desk
from fen.web.pages.rows import Cell, Press, Sort, say_moment, show_rows
from fen.web.pages.words import Words
from fen.wire.money import plain

Draw = Callable[[], Awaitable[None]]

_MOST = 200
"""Rows at once; the search finds the others."""


async def show(desk: Desk) -> None:
    """Show the form for a new key, and all keys."""

    async def draw() -> None:
        with table:
            await _list(desk, table)

    with ui.column().classes("full-width") as top:
        await _show_form(desk, top, draw)
    table = ui.column().classes("full-width")
    await draw()


async def _show_form(desk: Desk, top: ui.column, draw: Draw) -> None:
    say = desk.say
    first = not await desk.records.keyring.any_key()
    with ui.element("form").classes("fen-fields") as form:
        form.props["aria-label"] = say("New key")
        name = ui.input(say("Name")).props("dense outlined maxlength=64")
        tiers = list(desk.records.tiers)
        tier = ui.select(tiers, label=say("Tier"), value=DEFAULT_TIER if DEFAULT_TIER in tiers else tiers[0])
        tier.props("dense outlined")
        team = ui.input(say("Team")).props("dense outlined maxlength=64")
        limits = ui.input(say("Budgets"), placeholder="2USD/month, 10CNY/day")
        limits.props("dense outlined stack-label")
        admin = ui.checkbox(say("Administrator"), value=first)

        async def create() -> None:
            asked = [limit.strip() for limit in str(limits.value or "").split(",") if limit.strip()]
            made = await desk.change(
                lambda actor: desk.records.create_key(
                    str(name.value or ""),
                    actor,
                    str(tier.value),
                    team.value or None,
                    asked,
                    bool(admin.value),
                )
            )
            if made is None:
                return
            for field in (name, team, limits):
                field.value = ""
            admin.value = False
            with top:
                _show_secret(desk, *made)
            await draw()

        ui.button(say("Create key")).props("no-caps type=submit")
        form.on("submit.prevent", create)
    if first:
        told = say("From the first key on, these pages ask for one: let it be an administrator's.")
        ui.label(told).classes("fen-quiet")


def _show_secret(desk: Desk, key: Key, secret: str) -> None:
    """Show a secret, this once."""
    say = desk.say
    with ui.element("section").classes("fen-secret") as card:
        card.props["aria-label"] = say("Secret of {name}", name=key.name)
        ui.label(say("Secret of {name}", name=key.name)).classes("text-weight-medium")
        ui.label(secret).classes("fen-id").props("data-secret")
        ui.label(say("Keep it: it is not shown again.")).classes("fen-quiet")
        with ui.row().classes("items-center"):

            def copy() -> None:
                ui.clipboard.write(secret)
                ui.notify(say("Copied"))

            ui.button(say("Copy"), icon="content_copy", on_click=copy).props("no-caps")
            ui.button(say("Done"), on_click=card.delete).props("flat no-caps")
            if desk.visit.key is None:
                ui.link(say("Sign in with it"), "/signin?next=/admin")


async def _list(desk: Desk, table: ui.column) -> None:
    say, records = desk.say, desk.records
    keys = await records.keyring.list()
    rooms = await records.rooms({budget for key in keys for budget in key.budgets})
    table.clear()
    if not keys:
        ui.label(say("No key yet: only this machine can ask.")).classes("fen-quiet")
        return
    with ui.row().classes("items-center"):
        search = ui.input(say("Search")).props("dense outlined clearable")
        revoked = ui.checkbox(say("Revoked ones too"))
    shown = ui.column().classes("full-width")

    async def revoke(key_id: str) -> None:
        [key] = [key for key in keys if key.id == key_id]
        if await desk.confirm(_ask(desk, key, keys), say("Revoke")):
            done = await desk.change(lambda actor: records.keyring.revoke(key.id, actor))
            if done is not None:
                ui.notify(say("Revoked {name}", name=key.name))
                with table:
                    await _list(desk, table)

    def draw() -> None:
        word = str(search.value or "").casefold()
        found = [key for key in reversed(keys) if word in f"{key.name} {key.id} {key.team}".casefold()]
        found = [key for key in found if revoked.value or key.revoked_at is None]
        shown.clear()
        with shown:
            rows = [_say_row(say, key, rooms) for key in found[:_MOST]]
            show_rows(say("Keys"), _make_columns(say), rows, revoke)
            if len(found) > _MOST:
                ui.label(say("{count} more", count=say.number(len(found) - _MOST))).classes("fen-quiet")

    search.on_value_change(draw)
    revoked.on_value_change(draw)
    draw()


def _ask(desk: Desk, key: Key, keys: Sequence[Key]) -> str:
    say = desk.say
    question = say("Revoke {name}? It is refused from now on; its records stay.", name=key.name)
    others = [one for one in keys if one.admin and one.revoked_at is None and one.id != key.id]
    if key.admin and not others:
        question += " " + say(
            "It is the last administrator's: afterwards only the command line makes another."
        )
    return question


def _make_columns(say: Words) -> list[tuple[str, Sort]]:
    return [
        (say("Name"), "text"),
        (say("ID"), "code"),
        (say("Tier"), "text"),
        (say("Team"), "text"),
        (say("Administrator"), "text"),
        (say("Left of its budgets"), "text"),
        (say("Made (UTC)"), "text"),
        (say("Revoked (UTC)"), "text"),
        ("", "text"),
    ]


def _say_row(say: Words, key: Key, rooms: Mapping[Budget, Room]) -> tuple[Cell, ...]:
    left = [
        say("{left} of {limit}", left=plain(rooms[budget].left.amount), limit=str(budget))
        for budget in key.budgets
    ]
    living = key.revoked_at is None
    return (
        key.name,
        key.id,
        key.tier,
        key.team or "",
        say("yes") if key.admin else "",
        ", ".join(left),
        say_moment(say, key.created_at),
        say_moment(say, key.revoked_at),
        Press(say("Revoke"), key.id, say("Revoke {name}", name=key.name)) if living else "",
    )
