"""What stands around a table on each page: a frame that scrolls where the table is wider than the screen."""

from __future__ import annotations

from html import escape


def frame_table(name: str, head: str, body: str, frame: str, table: str = "", caption: str = "") -> str:
    """Return a table as HTML; by keyboard too, it scrolls and the page around it does not.

    name: what a screen reader calls it, plain text. head: its head's cells; body: its rows; both HTML. frame,
    table: classes. caption: the class of one that says the name again; none without.
    """
    told, kind = escape(name, quote=True), f' class="{table}"' if table else ""
    said = f'<caption class="{caption}">{told}</caption>' if caption else ""
    return (
        f'<div class="{frame}" role="region" tabindex="0" aria-label="{told}"><table{kind}>'
        f"{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
