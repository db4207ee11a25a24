"""A page as it is read: each text goes to what is seen or to what is concealed."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

import msgspec
from msgspec.structs import replace

from fen.hierarchy.hidden import strip
from fen.hierarchy.html.browser import BLOCKS, KEPT, is_program, never_shown, style_lowest
from fen.hierarchy.html.column import Column, flatten
from fen.hierarchy.html.sight import Sight, covers, look
from fen.hierarchy.html.stylesheet import Sheet, find_comments, fits, read_data, read_string
from fen.hierarchy.html.tree import Element, parse_html, restore, walk
from fen.hierarchy.reading import Concealed
from fen.hierarchy.unseen.encodings import find_encoded

NESTED = 1
"""Pages within pages (`srcdoc`) that are read; what is deeper is concealed."""

_LABEL = re.compile(
    r"sr-?only|visually-?hidden|screen-?reader|a11y|accessib|skip-?(?:link|to|nav)|assistive", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W\d_]{2}[^\w<>{}=]{1,3}[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff]{4}")
_SENTENCE = re.compile(r"(?:[^\W\d_]+ ){3}|[\u3400-\u9fff]{8}")
_LETTER = re.compile(r"\w")
_PLAIN = frozenset(
    re.findall(
        r"[\w-]+",
        "class id style href src srcset sizes type name rel width height lang dir role tabindex target"
        " method action integrity media charset http-equiv property d points viewbox xmlns value"
        " placeholder srcdoc for",
    )
)
"""Attributes that hold no text for people, or are read elsewhere."""

_ADDRESSES = frozenset({"href", "src", "action"})
_PICTURES = frozenset({"img", "picture", "video", "canvas", "svg"})
_TYPED = frozenset(
    {"", "text", "search", "email", "url", "tel", "number", "submit", "button", "reset", "date"}
)


class Seen(msgspec.Struct, frozen=True):
    """A page that was read to its end."""

    text: str
    concealed: tuple[Concealed, ...]


class _Hole:
    """Text that is concealed in one way at one place; a class that changes, for text comes piece by piece."""

    def __init__(self, kind: str, where: str, *, label: bool = False) -> None:
        self.kind = kind
        self.where = where
        self.label = label
        self.parts: list[str] = []


class _Frame:
    """An element that is open. hole: takes all of its text. faint: takes the text that its sight hides."""

    def __init__(self, step: str, sight: Sight, *, kept: bool, block: bool) -> None:
        self.step = step
        self.sight = sight
        self.kept = kept
        self.block = block
        self.hides = sight.hides_text
        self.hole: _Hole | None = None
        self.faint: _Hole | None = None
        self.silent = False
        self.counts: dict[str, int] = {}
        self.mark: int | None = None  # where the text of a positioned element begins
        self.raised = False  # something in it lies above what covers it


class Page:
    """Reads one page; a class that changes."""

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._sheet = Sheet()
        self._linked = False
        self._column = Column()
        self._frames = [_Frame("", Sight(), kept=False, block=False)]
        self._holes: list[_Hole] = []
        self._nested: list[Concealed] = []

    def read(self, root: Element) -> None:
        """Read all that is within the root and beside it; raises InvalidRequest."""
        for style in root.iter("style", "link"):
            if not fits(style.get("media") or ""):
                continue
            if style.tag == "style":
                self._sheet.add(style.text or "")
            elif "stylesheet" in (style.get("rel") or "").lower():
                self._linked = True
                self._sheet.add(read_data(style.get("href") or ""))
        for beside in [*root.itersiblings(preceding=True)][::-1]:
            self._conceal("comment", "document", beside.text)
        for event, node in walk(root):
            if event == "start":
                self._open(node)
            elif event == "end":
                self._close(node)
            else:
                self._conceal("comment", self._path(), node.text)
                self._say(node.tail)
        for beside in root.itersiblings():
            self._conceal("comment", "document", beside.text)

    def finish(self) -> Seen:
        """Return what was seen and what was not, each in the order of the page."""
        holes = [hole for hole in self._holes if any(map(_LETTER.search, hole.parts))]
        concealed = [Concealed(_name(hole), hole.where, flatten(hole.parts)) for hole in holes]
        draft = strip(self._column.read())
        concealed += self._nested
        concealed += [
            Concealed(one.kind, f"text, characters {one.start} to {one.end}", one.text)
            for one in draft.findings
        ]
        return Seen(draft.text, tuple(concealed))

    def _open(self, node: Element) -> None:
        parent = self._frames[-1]
        parent.counts[node.tag] = count = parent.counts.get(node.tag, 0) + 1
        declared, drawn = self._sheet.cascade(node, style_lowest(node, linked=self._linked))
        sight, reason = look(parent.sight, declared)
        if declared.get("position", "static") != "static" and _has_picture(node):
            sight = replace(sight, grounds=())
        kept = node.tag in KEPT or declared.get("white-space", "").startswith("pre") or parent.kept
        block = node.tag in BLOCKS or declared.get("display", "") in ("block", "flex", "grid")
        frame = _Frame(f"{node.tag}:nth-of-type({count})", sight, kept=kept, block=block)
        self._frames.append(frame)
        self._inherit(frame, parent, never_shown(node) or reason, node)
        self._cover(frame, parent, declared)
        self._read_attributes(node, frame)
        for content in drawn:
            text = read_string(content)
            if _WORDS.search(text):
                self._conceal("css_content", self._path(), text)
        if frame.hole is None and block:
            self._column.end_line()
        if node.tag == "style":
            for comment in find_comments(node.text or ""):
                self._conceal("comment", self._path(), comment if _WORDS.search(comment) else None)
        self._say(node.text)

    def _inherit(self, frame: _Frame, parent: _Frame, reason: str | None, node: Element) -> None:
        """Decide where the element's text goes."""
        frame.silent = parent.silent or is_program(node)
        if parent.hole is not None:
            frame.hole = parent.hole
            return
        label = _LABEL.search(node.get("class") or "") is not None
        if reason is not None:
            frame.hole = _Hole(reason, self._path(), label=label)
            self._holes.append(frame.hole)
        elif frame.hides is not None:
            same = parent.faint is not None and parent.faint.kind == frame.hides
            frame.faint = parent.faint if same else _Hole(frame.hides, self._path(), label=label)
            if frame.faint is not None and not same:
                self._holes.append(frame.faint)

    def _cover(self, frame: _Frame, parent: _Frame, declared: dict[str, str]) -> None:
        """Take what the parent has said so far for concealed, if this lies over it."""
        if frame.hole is not None:
            return
        if parent.mark is not None and not parent.raised and covers(declared):
            lines = self._column.cut(parent.mark)
            self._conceal("covered", self._path(), "\n".join(lines))
        if declared.get("position", "static") != "static":
            level = declared.get("z-index", "0")
            parent.raised = parent.raised or (level.isdecimal() and int(level[:9]) > 0)
            frame.mark = self._column.mark() if frame.block else None

    def _close(self, node: Element) -> None:
        frame = self._frames.pop()
        if frame.hole is None and frame.faint is None:
            if frame.block:
                self._column.end_line()
            elif node.tag in ("td", "th"):
                self._column.end_cell()
        self._say(node.tail)

    def _say(self, text: str | None) -> None:
        frame = self._frames[-1]
        if not text or frame.silent:
            return
        text = restore(text)
        hole = frame.hole or frame.faint
        if hole is not None:
            hole.parts.append(text)
        else:
            self._column.say(text, kept=frame.kept)

    def _conceal(self, kind: str, where: str, text: str | None) -> None:
        if text and _LETTER.search(text):
            hole = _Hole(kind, where)
            hole.parts.append(restore(text))
            self._holes.append(hole)

    def _path(self) -> str:
        return " > ".join(frame.step for frame in self._frames[1:]) or "document"

    def _read_attributes(self, node: Element, frame: _Frame) -> None:
        for name, value in node.items():
            if name in _ADDRESSES and _SENTENCE.search(unquote_plus(value)):
                self._conceal("attribute", f"{self._path()} [{name}]", unquote_plus(value))
            if name in _PLAIN or name.startswith("on") or len(value) < 4:
                continue
            if _WORDS.search(value) or (len(value) >= 16 and find_encoded(value)):
                kind = "metadata" if node.tag in ("meta", "link") else "attribute"
                self._conceal(kind, f"{self._path()} [{name}]", value)
        value = node.get("value") or ""
        if node.tag == "input" and (node.get("type") or "").lower() not in _TYPED:
            self._conceal("hidden_input", f"{self._path()} [value]", value)
        elif node.tag == "input":
            self._say(value or node.get("placeholder"))
        elif node.tag == "textarea" and not node.text:
            self._say(node.get("placeholder"))
        elif node.tag == "iframe" and node.get("srcdoc"):
            self._read_frame(node.get("srcdoc") or "")

    def _read_frame(self, text: str) -> None:
        """Read a page within the page; its text is seen where the frame is."""
        outer = self._frames[-2]
        if self._depth >= NESTED or outer.hole is not None:
            self._conceal("frame", self._path(), text)
            return
        seen = read_page(text, self._depth + 1)
        where = self._path()
        self._nested += [Concealed(one.kind, f"{where} {one.where}", one.text) for one in seen.concealed]
        self._column.end_line()
        self._column.say(seen.text, kept=True)
        self._column.end_line()


def read_page(text: str, depth: int = 0) -> Seen:
    """Return what is seen of a page and what is not; raises InvalidRequest."""
    page = Page(depth)
    data = text.replace("\0", "\ufffd").encode("utf-8", "replace")
    root = parse_html(data)
    if root is None and text.strip():
        root = parse_html(b"<body>" + data)
    if root is not None:
        page.read(root)
    return page.finish()


def _has_picture(node: Element) -> bool:
    """Whether a picture stands beside the element, so that it may lie over it."""
    parent = node.getparent()
    beside = [one.tag for _, one in zip(range(50), parent, strict=False)] if parent is not None else []
    return any(tag in _PICTURES for tag in beside)


def _name(hole: _Hole) -> str:
    """The kind of a hole: short text for screen readers is a label."""
    text = flatten(hole.parts)
    words = len(text.split())
    wide = sum(char >= "\u2e80" for char in text)
    short = words <= 12 and len(text) <= 80 and wide <= 24
    return "label" if hole.label and short else hole.kind
