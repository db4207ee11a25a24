"""Read a Word document: what a person sees in it, and what they don't."""

from __future__ import annotations

from collections.abc import Iterator

from fen.hierarchy.documents.contrast import WHITE, Colour
from fen.hierarchy.documents.docx.look import Theme, read_number
from fen.hierarchy.documents.docx.package import Package
from fen.hierarchy.documents.docx.shapes import Sheet
from fen.hierarchy.documents.docx.styles import Styles, read_theme
from fen.hierarchy.documents.docx.walk import Place, Walk
from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.hierarchy.documents.prose import decode_if_text, reads_as_prose, squeeze
from fen.hierarchy.documents.xml import (
    Element,
    children,
    find_all,
    find_child,
    name_of,
    read_value,
    read_xml_words,
)
from fen.hierarchy.reading import Concealed, Reading
from fen.wire.errors import InvalidRequest

_SHOWN_PARTS = ("header", "footer")
_AROUND = {"docProps/": "metadata", "customXml/": "custom_xml", "word/webSettings": "metadata"}
_KEPT = ("word/glossary/", "word/embeddings/", "word/afchunk")
_DRAWN = ("word/charts/", "word/diagrams/")
_ATTACHED = 200_000  # bytes of an attached file that are looked at
_TWICE = frozenset({"alternate_content", "moved_text"})  # what a person may see in its other place


def read_docx(data: bytes, limits: Limits = LIMITS) -> Reading:
    """Read a Word document. Raises InvalidRequest.

    Headers, footers and notes that are shown follow the body. Nobody renders it here: what is seen follows
    from the properties of runs, of what they inherit, and of what lies behind them.
    """
    package = Package(data, limits)
    settings = package.read(package.related("settings"))
    theme = read_theme(package.read(package.related("theme")), settings)
    styles = Styles(package.read(package.related("styles")), theme)
    root = package.read(package.main)
    body = find_child(root, "body")
    if root is None or body is None:
        raise InvalidRequest("unreadable DOCX: found no body, expected one", code="unreadable_file")
    paper = _read_paper(root, settings, theme)
    walk = Walk(styles, theme, _read_sheet(body))
    walk.visit(body, Place("", paper))
    _visit_edges(package, root, settings, walk, paper)
    _visit_notes(package, walk, paper)
    _visit_comments(package, walk)
    text = "\n".join(line for line in walk.lines if line)
    visible = squeeze(text)
    concealed = [one for one in walk.concealed if one.kind not in _TWICE or squeeze(one.text) not in visible]
    concealed += _read_around(package, settings, visible)
    return Reading("docx", text, tuple(concealed), 1, _tell_unscanned(package, text))


def _tell_unscanned(package: Package, text: str) -> str | None:
    """Return why some of what is shown was not read: charts, diagrams, or pictures without any word."""
    if any(name.startswith(_DRAWN) for name in package.parts):
        return "embedded_graphics"
    pictures = any(name.startswith("word/media/") for name in package.parts)
    return "image_without_ocr" if pictures and not text else None


def _read_paper(root: Element, settings: Element | None, theme: Theme) -> Colour:
    """Return the page's colour, which is only shown where the settings say so."""
    shown = find_child(settings, "displayBackgroundShape")
    if shown is None or read_value(shown) in ("0", "false"):
        return WHITE
    return theme.read(find_child(root, "background"), "color") or WHITE


def _read_sheet(body: Element) -> Sheet:
    size = next(find_all(body, "pgSz"), None)
    width, height = (read_number(read_value(size, name)) for name in ("w", "h"))
    return Sheet((width or 12_240) / 20, (height or 15_840) / 20)


def _visit_edges(
    package: Package, root: Element, settings: Element | None, walk: Walk, paper: Colour
) -> None:
    """Take in headers and footers: those that a page shows, and those that none does."""
    shown: set[str] = set()
    even = find_child(settings, "evenAndOddHeaders") is not None
    relations = package.relations(package.main)
    for section in find_all(root, "sectPr"):
        first = find_child(section, "titlePg") is not None
        for one in section:
            kind = read_value(one, "type")
            absent = (kind == "first" and not first) or (kind == "even" and not even)
            relation = relations.get(read_value(one, "id") or "")
            if name_of(one) in ("headerReference", "footerReference") and relation and not absent:
                shown.add(relation.target)
    for relation in relations.values():
        if relation.kind in _SHOWN_PARTS:
            hidden = None if relation.target in shown else "unused_part"
            part = package.read(relation.target)
            if part is not None:
                walk.visit(part, Place(f"{relation.kind} ", paper, hidden))


def _visit_notes(package: Package, walk: Walk, paper: Colour) -> None:
    for kind in ("footnote", "endnote"):
        for note in children(package.read(package.related(f"{kind}s"))):
            name = f"{kind} {read_value(note, 'id')}"
            if read_value(note, "type") not in ("separator", "continuationSeparator", "continuationNotice"):
                walk.visit(note, Place(f"{name} ", paper, None if name in walk.notes else "unused_part"))


def _visit_comments(package: Package, walk: Walk) -> None:
    for comment in children(package.read(package.related("comments"))):
        walk.visit(comment, Place(f"comment {read_value(comment, 'id')} ", hidden="comment"))


def _read_around(package: Package, settings: Element | None, visible: str) -> Iterator[Concealed]:
    """Yield what is neither body nor note: properties, custom XML, variables, glossary and attached files."""
    for name, content in package.parts.items():
        kind = next((kind for start, kind in _AROUND.items() if name.startswith(start)), None)
        if kind is not None and name.endswith(".xml"):
            for text in dict.fromkeys(read_xml_words(content)):
                if reads_as_prose(text) and squeeze(text) not in visible:
                    yield Concealed(kind, name, text)
        if name.lower().startswith(_KEPT) and not name.endswith(".rels"):
            yield from _read_kept(name, content)
    for variable in find_all(settings, "docVar") if settings is not None else ():
        text = read_value(variable) or ""
        if reads_as_prose(text):
            yield Concealed("metadata", "document variable", text)


def _read_kept(name: str, content: bytes) -> Iterator[Concealed]:
    if not name.endswith(".xml"):
        yield Concealed("attachment", name, decode_if_text(content[:_ATTACHED]))
        return
    texts = [text for text in read_xml_words(content) if reads_as_prose(text)]
    yield from (Concealed("unused_part", name, text) for text in texts)
