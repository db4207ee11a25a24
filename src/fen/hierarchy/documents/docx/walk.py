"""A walk through a part of a Word document: its paragraphs, runs, tables and shapes, seen and not seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec

from fen.hierarchy.documents.contrast import WHITE, Colour
from fen.hierarchy.documents.docx.grounds import Ground, find_grounds, lower
from fen.hierarchy.documents.docx.look import Look, Theme, judge_look, read_look, read_number
from fen.hierarchy.documents.docx.shapes import Sheet, judge_shape, read_fill
from fen.hierarchy.documents.docx.styles import Cell, Inherited, Styles
from fen.hierarchy.documents.prose import reads_as_prose
from fen.hierarchy.documents.xml import Element, find_child, name_of, read_value, split_tag
from fen.hierarchy.reading import Concealed
from fen.wire.errors import InvalidRequest

_DEEPEST = 60
_LOW = 2.0  # points of an exact line's or row's height below which nothing is read
_LEFT = -400.0  # points of indent
_UNDERSTOOD = frozenset({"wps", "wpg", "wpc", "wpi", "wp14", "a14", "v", "wne", "aink", "am3d", "cx", "wp15"})
_FORCED = {"del": "deleted_text", "moveFrom": "moved_text"}
_PASSED = frozenset({
    "ins", "moveTo", "hyperlink", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple", "dir", "bdo",
    "ruby", "rubyBase", "rt", "oMath", "oMathPara",
})  # fmt: skip
_SPACES = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_WORDS = frozenset({"t", "delText", "instrText", *_SPACES})


class Place(msgspec.Struct, frozen=True):
    """What holds where the walk is; hidden: how all that is there is hidden, if it is."""

    where: str
    paper: Colour = WHITE
    hidden: str | None = None
    below: Inherited = Inherited()
    depth: int = 0


class Piece(msgspec.Struct, frozen=True):
    """Some text and how it is hidden; None for what is seen."""

    text: str
    hidden: str | None


class Walk:
    """Collects the lines that are seen and what is concealed; `notes`: ids of the notes that it calls."""

    def __init__(self, styles: Styles, theme: Theme, sheet: Sheet) -> None:
        self._styles = styles
        self._theme = theme
        self._sheet = sheet
        self._paragraphs: dict[str, int] = {}
        self._grounds: list[Ground] = []
        self.lines: list[str] = []
        self.concealed: list[Concealed] = []
        self.notes: set[str] = set()

    def visit(self, parent: Element, place: Place) -> None:
        """Take in the blocks of a body, a cell, a text box; raises InvalidRequest."""
        if place.depth > _DEEPEST:
            message = f"unreadable DOCX: found blocks over {_DEEPEST} deep, expected fewer"
            raise InvalidRequest(message, code="file_too_large")
        deeper = msgspec.structs.replace(place, depth=place.depth + 1)
        for block in parent:
            name, known = split_tag(block.tag)
            if not known:
                self.visit(block, _hide(deeper, "ignored_markup"))
            elif name == "p":
                self._read_paragraph(block, deeper)
            elif name == "tbl":
                self._read_table(block, deeper)
            elif name == "AlternateContent":
                for branch, hidden in _choose(block):
                    self.visit(branch, _hide(deeper, hidden))
            elif name in _FORCED or name in _PASSED:
                self.visit(block, _hide(deeper, _FORCED.get(name)))

    def _read_paragraph(self, paragraph: Element, place: Place) -> None:
        number = self._paragraphs[place.where] = self._paragraphs.get(place.where, 0) + 1
        here = msgspec.structs.replace(place, where=f"{place.where}paragraph {number}")
        properties = find_child(paragraph, "pPr")
        style = self._styles.of_paragraph(read_value(find_child(properties, "pStyle")))
        inherited = style.over(here.below.over(self._styles.defaults))
        paper = self._theme.read_shade(properties) or style.behind or place.paper
        here = msgspec.structs.replace(here, paper=paper, below=inherited)
        found = list(find_grounds(paragraph, self._theme, self._sheet))
        self._grounds += [ground for ground in found if not ground.covers]
        covered = any(ground.covers for ground in found)
        here = _hide(here, _judge_paragraph(properties) or ("covered_text" if covered else None))
        pieces = list(self._read_runs(paragraph, here))
        line = "".join(piece.text for piece in pieces)
        self._grounds = [left for ground in self._grounds if (left := lower(ground, line)).height > 0]
        self.lines.append("".join(piece.text for piece in pieces if piece.hidden is None).strip())
        spoken = [piece for piece in pieces if piece.text.strip()]
        for hidden, group in groupby(spoken, key=lambda piece: piece.hidden):
            text = "".join(piece.text for piece in group).strip()
            if hidden is not None:
                self.concealed.append(Concealed(hidden, here.where, text))

    def _read_runs(self, parent: Element, place: Place) -> Iterator[Piece]:
        for child in parent:
            name, known = split_tag(child.tag)
            if not known:
                yield from self._read_runs(child, _hide(place, "ignored_markup"))
            elif name == "r":
                yield from self._read_run(child, place)
            elif name == "AlternateContent":
                for branch, hidden in _choose(child):
                    yield from self._read_runs(branch, _hide(place, hidden))
            elif name == "bookmarkStart":
                yield from _tell((read_value(child, "name") or "").replace("_", " "), "bookmark")
            elif name == "t":
                yield Piece(child.text or "", place.hidden)
            elif name in _FORCED or name in _PASSED:
                if name == "fldSimple":
                    yield from _tell(read_value(child, "instr") or "", "field_code")
                yield from self._read_runs(child, _hide(place, _FORCED.get(name)))

    def _read_run(self, run: Element, place: Place) -> Iterator[Piece]:
        properties = find_child(run, "rPr")
        style = self._styles.of_run(read_value(find_child(properties, "rStyle")))
        look = read_look(properties, self._theme).over(style.look.over(place.below.look))
        if look.behind is None and style.behind is not None:
            look = Look(behind=style.behind).over(look)
        yield from self._read_content(run, place, place.hidden or self._judge(look, place.paper))

    def _judge(self, look: Look, paper: Colour) -> str | None:
        """Return how a run is hidden: on the paper, and on every shape that lies behind it."""
        kinds = [judge_look(look, colour) for colour in (paper, *(ground.colour for ground in self._grounds))]
        return None if None in kinds else kinds[0]

    def _read_content(self, run: Element, place: Place, hidden: str | None) -> Iterator[Piece]:
        for child in run:
            name, known = split_tag(child.tag)
            if not known:
                yield from self._read_content(child, place, "ignored_markup")
            elif name in _WORDS:
                yield from _read_words(child, name, hidden)
            elif name in ("footnoteReference", "endnoteReference"):
                self.notes.add(f"{name.removesuffix('Reference')} {read_value(child, 'id')}")
            elif name == "AlternateContent":
                for branch, why in _choose(child):
                    yield from self._read_content(branch, place, hidden or why)
            elif name in ("drawing", "pict", "object"):
                self._read_shape(child, _hide(place, hidden))
            elif name == "ruby":
                yield from self._read_runs(child, place)

    def _read_shape(self, shape: Element, place: Place) -> None:
        for child in shape:
            name, known = split_tag(child.tag)
            here = _hide(place, None if known else "ignored_markup")
            if name == "txbxContent":
                inside = Place(f"{place.where}, text box ", here.paper, here.hidden, depth=place.depth + 1)
                self.visit(child, inside)
                continue
            if name in ("docPr", "cNvPr"):
                self._read_alternates(child, place)
            if name == "AlternateContent":
                for branch, hidden in _choose(child):
                    self._read_shape(branch, _hide(place, hidden))
                continue
            here = _hide(here, judge_shape(child, self._sheet))
            self._read_shape(
                child, msgspec.structs.replace(here, paper=read_fill(child, self._theme) or here.paper)
            )

    def _read_alternates(self, properties: Element, place: Place) -> None:
        for key in ("descr", "title"):
            text = (read_value(properties, key) or "").strip()
            if text and not any(one.text == text for one in self.concealed):
                self.concealed.append(Concealed("alt_text", place.where, text))

    def _read_table(self, table: Element, place: Place) -> None:
        properties = find_child(table, "tblPr")
        style, shown = (find_child(properties, name) for name in ("tblStyle", "tblLook"))
        rows = list(_unwrap(table, "tr"))
        paper = self._theme.read_shade(properties) or place.paper
        for number, row in enumerate(rows):
            cells = list(_unwrap(row, "tc"))
            hidden = _judge_row(find_child(row, "trPr"))
            for column, cell in enumerate(cells):
                at = Cell(number, column, len(rows), len(cells))
                given = self._styles.of_cell(read_value(style), read_value(shown), at)
                shade = self._theme.read_shade(find_child(cell, "tcPr")) or given.behind or paper
                below = given.over(place.below)
                self.visit(cell, _hide(msgspec.structs.replace(place, paper=shade, below=below), hidden))


def _unwrap(parent: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, those within content controls and insertions too."""
    for child in parent:
        if name_of(child) == name:
            yield child
        elif name_of(child) in _PASSED:
            yield from _unwrap(child, name)


def _hide(place: Place, hidden: str | None) -> Place:
    """Return the place, hidden; what is hidden already stays so in the way it was."""
    return place if hidden is None or place.hidden else msgspec.structs.replace(place, hidden=hidden)


def _choose(alternate: Element) -> Iterator[tuple[Element, str | None]]:
    """Yield the branches of a choice; only the first that a reader understands is seen (ECMA-376 part 3)."""
    taken = False
    for branch in alternate:
        needs = (read_value(branch, "Requires") or "").split()
        known = bool(needs) and all(need in _UNDERSTOOD or need.startswith("w1") for need in needs)
        understood = known or name_of(branch) == "Fallback"
        yield branch, None if understood and not taken else "alternate_content"
        taken = taken or understood


def _read_words(element: Element, name: str, hidden: str | None) -> Iterator[Piece]:
    text = element.text or ""
    if name == "instrText":
        yield from _tell(text, "field_code")
    else:
        yield Piece(_SPACES.get(name, text), hidden or ("deleted_text" if name == "delText" else None))


def _tell(text: str, kind: str) -> Iterator[Piece]:
    if reads_as_prose(text):
        yield Piece(text.strip(), kind)


def _judge_paragraph(properties: Element | None) -> str | None:
    spacing, indent = find_child(properties, "spacing"), find_child(properties, "ind")
    line = read_number(read_value(spacing, "line"))
    if read_value(spacing, "lineRule") == "exact" and line is not None and line / 20 < _LOW:
        return "tiny_text"
    left = read_number(read_value(indent, "left") or read_value(indent, "start"))
    frame = find_child(properties, "framePr")
    corner = [read_number(read_value(frame, name)) or 0.0 for name in ("x", "y")]
    far = any(not -2_000 < twentieths < 30_000 for twentieths in corner)
    return "off_page" if far or (left is not None and left / 20 < _LEFT) else None


def _judge_row(properties: Element | None) -> str | None:
    height = find_child(properties, "trHeight")
    tall = read_number(read_value(height))
    if find_child(properties, "del") is not None:
        return "deleted_text"
    if find_child(properties, "hidden") is not None:
        return "hidden_row"
    return (
        "hidden_row"
        if read_value(height, "hRule") == "exact" and tall is not None and tall / 20 < _LOW
        else None
    )
