"""Styles of a Word document: what a paragraph, a run and a cell inherit.

Source: ECMA-376 part 1, 17.7 (styles, with defaults and conditional formats of tables) and 20.1.6 (themes).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fen.hierarchy.documents.contrast import Colour, parse_colour
from fen.hierarchy.documents.docx.look import Look, Theme, read_look
from fen.hierarchy.documents.xml import Element, children, find_all, find_child, name_of, read_value

_DEEPEST = 20
_USUAL = 0x4A0  # first row, first column, bands of rows: what a new table has
_MAPPED = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_WORDY = {"bg1": "background1", "tx1": "text1", "bg2": "background2", "tx2": "text2"}
_LONG = {"lt1": "light1", "dk1": "dark1", "lt2": "light2", "dk2": "dark2"}


class Cell(msgspec.Struct, frozen=True):
    """Where a cell stands in its table, for the formats that depend on that."""

    row: int
    column: int
    rows: int
    columns: int


class Inherited(msgspec.Struct, frozen=True):
    """What a style gives: to runs, and what it paints behind them."""

    look: Look = Look()
    behind: Colour | None = None

    def over(self, below: Inherited) -> Inherited:
        """Return this where it says something, the other elsewhere."""
        return Inherited(self.look.over(below.look), self.behind or below.behind)


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, root: Element | None, theme: Theme) -> None:
        self._theme = theme
        self._styles: dict[str, Element] = {}
        self._default: str | None = None
        for style in find_all(root, "style") if root is not None else ():
            key = read_value(style, "styleId") or ""
            self._styles[key] = style
            if read_value(style, "type") == "paragraph" and read_value(style, "default") in ("1", "true"):
                self._default = key
        defaults = find_child(root, "docDefaults")
        look = read_look(find_child(defaults, "rPrDefault", "rPr"), theme)
        behind = theme.read_shade(find_child(defaults, "pPrDefault", "pPr"))
        self.defaults = Inherited(look, behind)

    def of_paragraph(self, style: str | None) -> Inherited:
        """Return what a paragraph's style gives, or the default one."""
        return self._gather(style or self._default)

    def of_run(self, style: str | None) -> Inherited:
        """Return what a character style gives."""
        return self._gather(style)

    def of_cell(self, style: str | None, shown: str | None, cell: Cell) -> Inherited:
        """Return what a table's style gives to a cell; shown: the `tblLook` that turns its formats on."""
        gathered = self._gather(style)
        parts = set(_applying(_read_bits(shown), cell))
        for one in reversed(list(self._chain(style))):
            for part in one:
                if name_of(part) == "tblStylePr" and read_value(part, "type") in parts:
                    gathered = self._read(part).over(gathered)
        return gathered

    def _gather(self, style: str | None) -> Inherited:
        gathered = Inherited()
        for one in self._chain(style):
            gathered = gathered.over(self._read(one))
        return gathered

    def _read(self, style: Element) -> Inherited:
        theme = self._theme
        shades = [theme.read_shade(find_child(style, holder)) for holder in ("tcPr", "pPr", "tblPr")]
        return Inherited(
            read_look(find_child(style, "rPr"), theme), next((shade for shade in shades if shade), None)
        )

    def _chain(self, style: str | None) -> Iterator[Element]:
        for _ in range(_DEEPEST):
            found = self._styles.get(style or "")
            if found is None:
                return
            yield found
            style = read_value(find_child(found, "basedOn"))


def _read_bits(shown: str | None) -> int:
    try:
        return int(shown or "", 16)
    except ValueError:
        return _USUAL


def _applying(shown: int, cell: Cell) -> Iterator[str]:
    """Yield the conditional formats that hold for a cell, by the bits of `tblLook`."""
    first_row, last_row = shown & 0x20 and cell.row == 0, shown & 0x40 and cell.row == cell.rows - 1
    first_column, last_column = (
        shown & 0x80 and cell.column == 0,
        shown & 0x100 and cell.column == cell.columns - 1,
    )
    yield "wholeTable"
    if not shown & 0x200 and not first_row and not last_row:
        banded = cell.row - bool(shown & 0x20)
        yield "band2Horz" if banded % 2 else "band1Horz"
    if not shown & 0x400 and not first_column and not last_column:
        banded = cell.column - bool(shown & 0x80)
        yield "band2Vert" if banded % 2 else "band1Vert"
    named = (
        ("firstRow", first_row),
        ("lastRow", last_row),
        ("firstCol", first_column),
        ("lastCol", last_column),
    )
    yield from (name for name, holds in named if holds)


def read_theme(theme: Element | None, settings: Element | None) -> Theme:
    """Return a theme's colours by the names that a document uses for them, mapped as its settings say."""
    colours: dict[str, Colour] = {}
    for slot in children(find_child(theme, "themeElements", "clrScheme")):
        for one in slot:
            colour = parse_colour(read_value(one, "lastClr") or read_value(one))
            if colour is not None:
                colours[name_of(slot)] = colour
    mapping = find_child(settings, "clrSchemeMapping")
    for short, slot in _MAPPED.items():
        told = read_value(mapping, short)
        source = next((key for key, long in _LONG.items() if long == told), slot)
        if source in colours:
            colours[short] = colours[_WORDY[short]] = colours[source]
    colours |= {_LONG[key]: colour for key, colour in colours.items() if key in _LONG}
    return Theme(colours)
