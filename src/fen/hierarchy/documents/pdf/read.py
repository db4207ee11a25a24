"""Read a PDF: what a person sees on its pages, and what they don't."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from fen.hierarchy.documents.images import Recogniser
from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.hierarchy.documents.pdf.door import Handle, load_pdfium, open_document, open_page
from fen.hierarchy.documents.pdf.extras import (
    Note,
    flatten,
    read_alternates,
    read_attachments,
    read_bookmarks,
    read_metadata,
    read_notes,
    read_scripts,
)
from fen.hierarchy.documents.pdf.page import Page, read_page
from fen.hierarchy.documents.pdf.picture import Camera
from fen.hierarchy.documents.pdf.scan import agree, distrust, is_scan, read_scan
from fen.hierarchy.documents.pdf.sight import judge
from fen.hierarchy.documents.pdf.words import place_of, write_hidden, write_visible
from fen.hierarchy.documents.prose import squeeze
from fen.hierarchy.reading import Concealed, Reading
from fen.wire.errors import InvalidRequest

_PIXELS = 4_000_000
_SCALE = 1.5  # pixels a point: 6 pt print still leaves ink of its own colour
_SCALE_OF_MANY = 1.0
_MANY = 60  # pages
_SCALE_OF_SCANS = 2.0  # as recognition likes it
_SHARE = 0.6  # of a file's time that recognition may take; a page takes about a second
_LITTLE = 3  # characters of an alternate text, such as that of a ligature


class _Seen(msgspec.Struct, frozen=True):
    text: str
    concealed: tuple[Concealed, ...]
    scanned: bool


def read_pdf(data: bytes, limits: Limits = LIMITS, recogniser: Recogniser | None = None) -> Reading:
    """Read a PDF; its pages are parted by form feeds. Raises InvalidRequest.

    What is seen is decided on the rendered page: text counts that changes the picture. Invisible text on the
    picture of a scan counts too, where its words lie on drawn words. With a recogniser scanned pages are
    read themselves, as many as the time allows, and such text must say what they do.
    """
    with open_document(data) as document:
        count = int(load_pdfium().FPDF_GetPageCount(document))
        if not 0 < count <= limits.pages:
            message = f"unreadable PDF: found {count} pages, expected 1 to {limits.pages}"
            raise InvalidRequest(message, code="file_too_large" if count else "unreadable_file")
        look = _Look(document, _SCALE if count <= _MANY else _SCALE_OF_MANY, limits, recogniser)
        pages = [look.at(number) for number in range(count)]
        text = "\f".join(page.text for page in pages)
        concealed = [one for page in pages for one in page.concealed]
        concealed += _read_around(document, data, squeeze(text))
    unscanned = "image_without_ocr" if any(page.scanned for page in pages) else None
    return Reading("pdf", text, tuple(concealed), count, unscanned)


class _Look:
    """Looks at the pages of a document, one after the other."""

    def __init__(self, document: Handle, scale: float, limits: Limits, recogniser: Recogniser | None) -> None:
        self._document = document
        self._scale = scale
        self._limits = limits
        self._recogniser = recogniser
        self._began = time.monotonic()
        self._longest = 0.0  # seconds of one recognition

    def at(self, number: int) -> _Seen:
        """Look at a page, counted from 0; raises InvalidRequest."""
        with open_page(self._document, number) as handle:
            notes, drawn = read_notes(handle)
            beside = (notes, read_alternates(handle))
            if not drawn:
                return self._look(handle, number, beside)
            flatten(handle)
        with open_page(self._document, number) as handle:  # what is flattened shows once it is loaded again
            return self._look(handle, number, beside)

    def _look(self, handle: Handle, number: int, beside: tuple[list[Note], list[str]]) -> _Seen:
        page = read_page(handle, self._limits.pixels)
        camera = Camera(handle, page.width, page.height, self._fit(page, self._scale))
        kinds = judge(page, camera) if page.characters else []
        text = write_visible(page.characters, kinds)
        recognised: list[Concealed] = []
        scanned = is_scan(page)
        if scanned and self._recogniser is not None and self._has_time():
            camera = Camera(handle, page.width, page.height, self._fit(page, _SCALE_OF_SCANS))
            began = time.monotonic()
            scan = read_scan(camera, self._recogniser, number)
            self._longest = max(self._longest, time.monotonic() - began)
            recognised, scanned = list(scan.concealed), False
            if not agree(text, scan.text):
                kinds = distrust(page, kinds)
                text = "\n".join(filter(None, (write_visible(page.characters, kinds), scan.text)))
        concealed = [*write_hidden(page.characters, kinds, number), *recognised]
        concealed += _write_beside(page, squeeze(text), number, beside)
        return _Seen(text, tuple(concealed), scanned and not text.strip())

    def _has_time(self) -> bool:
        """Whether another recognition fits into most of the time that a file has."""
        spent = time.monotonic() - self._began
        return spent + self._longest < self._limits.seconds * _SHARE

    def _fit(self, page: Page, scale: float) -> float:
        return min(scale, (_PIXELS / (page.width * page.height)) ** 0.5)


def _write_beside(
    page: Page, visible: str, number: int, beside: tuple[list[Note], list[str]]
) -> Iterator[Concealed]:
    notes, alternates = beside
    for note in notes:
        if squeeze(note.text) not in visible:
            yield Concealed(
                note.kind, place_of(number, (note.x - page.left, note.y - page.bottom, 0, 0)), note.text
            )
    for text in alternates:
        if squeeze(text) not in visible:
            yield Concealed("alt_text", f"page {number + 1}", text)
    promised: set[str] = set()
    for thing in page.objects:
        short = squeeze(thing.promised)
        if len(short) > _LITTLE and short not in visible and short not in promised:
            promised.add(short)
            yield Concealed("actual_text", place_of(number, thing.box), thing.promised)


def _read_around(document: Handle, data: bytes, visible: str) -> Iterator[Concealed]:
    for text in dict.fromkeys(read_metadata(document, data)):
        if squeeze(text) not in visible:
            yield Concealed("metadata", "document information", text)
    for text in read_attachments(document):
        yield Concealed("attachment", "attached file", text)
    for text in read_scripts(document):
        yield Concealed("script", "document script", text)
    for text in read_bookmarks(document):
        if squeeze(text) not in visible:
            yield Concealed("bookmark", "outline", text)
