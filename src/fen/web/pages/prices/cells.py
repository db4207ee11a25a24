# pyright: reportUnknownMemberType=false
"""Tables as plain HTML: a table of fifty rows is one text, and header cells and links work by keyboard."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from urllib.parse import quote, urlsplit

import msgspec
from nicegui import ui

from fen.catalogue.card import Fact
from fen.web.pages.frame import frame_table
from fen.web.pages.prices.asked import PAGE, Asked
from fen.web.pages.words import Words
from fen.wire.money import Money

_SMALL = 6  # digits after the point of amounts below one

Follow = Callable[[str], Awaitable[None]]
"""What is done with a link of the view itself."""

# Only a plain click stays on the page: with a key held, the browser opens the link as it always does.
_CLICK = (
    "(event) => { const link = event.target.closest('a[data-here]');"
    " if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey)"
    " { event.preventDefault(); emit(link.getAttribute('href')); } }"
)


class Column(msgspec.Struct, frozen=True):
    """A column: its title, whether it has figures, and where its title leads to put rows in order by it.

    sort: the column's name in the address.
    """

    title: str
    figure: bool = False
    sort: str = ""


def esc(text: object) -> str:
    """Return a text that is safe in HTML."""
    return html.escape(str(text), quote=True)


def quiet(text: str) -> str:
    """Return a small remark as HTML; text is plain."""
    return f'<span class="fen-quiet fen-small">{esc(text)}</span>' if text else ""


def mark(text: str, kind: str = "") -> str:
    """Return a mark, such as an ability, as HTML."""
    return f'<span class="fen-mark {kind}">{esc(text)}</span>'


def money(say: Words, amount: Money | None, digits: int | None = None) -> str:
    """Return an amount with its currency as HTML; what is unknown says so."""
    if amount is None:
        return quiet(say("unknown"))
    return f"{price(say, amount, digits)} {esc(amount.currency)}"


def price(say: Words, amount: Money, digits: int | None = None) -> str:
    """Return an amount without its currency: exact where `digits` is left out."""
    if digits is not None:
        small = 0 < amount.amount < 1  # less than one would round to nothing
        return esc(say.number(amount.amount, _SMALL if small else digits))
    whole, point, rest = format(amount.amount.normalize(), "f").partition(".")
    return esc(say.number(int(whole)) + (point + rest.ljust(2, "0") if rest else ""))


def source(say: Words, stated: str, checked: date | None, note: str | None = None) -> str:
    """Return where something is stated and when that was seen, as HTML; an address is a link."""
    parts = urlsplit(stated)
    seen = checked.isoformat() if checked is not None else say("not checked")
    shown = esc(stated)
    if parts.scheme in ("http", "https") and parts.hostname:
        host = parts.hostname.removeprefix("www.")
        shown = (
            f'<a href="{esc(stated)}" title="{esc(stated)}" target="_blank"'
            f' rel="noopener noreferrer">{esc(host)}</a>'
        )
    told = f"{note}; {seen}" if note else seen
    return f'{shown}<br><span class="fen-quiet fen-small">{esc(told)}</span>'


def fact(say: Words, known: Fact[int] | Fact[str] | None) -> str:
    """Return a fact's value as HTML; what is unknown says so."""
    if known is None:
        return quiet(say("unknown"))
    return esc(say.number(known.value) if isinstance(known.value, int) else known.value)


def model_link(model: str, name: str | None = None) -> str:
    """Return a link to a model's own view as HTML."""
    return f'<a href="/prices?model={quote(model, safe="/")}">{esc(name or model)}</a>'


def show_table(
    label: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    asked: Asked | None = None,
    follow: Follow | None = None,
) -> None:
    """Show a table; cells are HTML. Columns in which no row has anything are left out."""
    kept = [at for at, column in enumerate(columns) if column.sort or any(row[at] for row in rows)]
    head = "".join(_head(columns[at], asked) for at in kept)
    body = "".join(
        "<tr>" + "".join(_cell(row[at], columns[at], first=at == kept[0]) for at in kept) + "</tr>"
        for row in rows
    )
    framed = frame_table(label, head, body, "fen-scroll", "fen-table")
    shown = ui.html(framed, sanitize=False).classes("full-width")
    if follow is not None:
        _listen(shown, follow)


def show_pager(say: Words, asked: Asked, count: int, follow: Follow) -> None:
    """Show which rows these are of how many, with the way to the others."""
    if count <= PAGE:
        return
    last = -(-count // PAGE)
    here = min(asked.page, last)
    first, end = (here - 1) * PAGE + 1, min(here * PAGE, count)
    told = say("{first} to {last} of {count}", first=first, last=end, count=say.number(count))
    links = [
        f'<a data-here href="{esc(asked.link(page=page if page > 1 else ""))}">{esc(name)}</a>'
        for page, name in ((here - 1, say("Previous")), (here + 1, say("Next")))
        if 1 <= page <= last
    ]
    shown = ui.html(
        f'<nav class="fen-pager" aria-label="{esc(say("Pages of rows"))}">'
        f"<span>{esc(told)}</span> {' '.join(links)}</nav>",
        sanitize=False,
    )
    _listen(shown, follow)


def cut(asked: Asked, count: int) -> slice:
    """Return which of so many rows are shown."""
    here = min(asked.page, max(1, -(-count // PAGE)))
    return slice((here - 1) * PAGE, here * PAGE)


def _listen(shown: ui.html, follow: Follow) -> None:
    shown.on("click", lambda event: follow(str(event.args)), js_handler=_CLICK)


def _head(column: Column, asked: Asked | None) -> str:
    kind = ' class="fen-number"' if column.figure else ""
    if not column.sort or asked is None:
        return f'<th scope="col"{kind}>{esc(column.title)}</th>'
    here, falling = asked["sort"] == column.sort, asked["falling"] == "1"
    state = ("descending" if falling else "ascending") if here else "none"
    arrow = (" ↓" if falling else " ↑") if here else ""
    link = asked.link(sort=column.sort, falling="1" if here and not falling else "", page="")
    return (
        f'<th scope="col"{kind} aria-sort="{state}"><a data-here href="{esc(link)}">'
        f'{esc(column.title)}<span aria-hidden="true">{arrow}</span></a></th>'
    )


def _cell(content: str, column: Column, *, first: bool) -> str:
    tag, kind = ("th", ' scope="row"') if first else ("td", "")
    if column.figure:
        kind += ' class="fen-number"'
    return f"<{tag}{kind}>{content}</{tag}>"
