"""Read a PDF: what a person sees on its pages, and what they don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

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
from fen.hierarchy.documents.pdf.page import Box, Character, Page, read_page
from fen.hierarchy.documents.pdf.picture import Camera
from fen.hierarchy.documents.pdf.sight import judge
from fen.hierarchy.documents.prose import squeeze
from fen.hierarchy.reading import Concealed, Reading
from fen.wire.errors import InvalidRequest

_PIXELS = 4_000_000
_SCALE = 1.5  # pixels a point: 6 pt print still leaves ink of its own colour
_SCALE_OF_MANY = 1.0
_MANY = 60  # pages
_LITTLE = 3  # characters of an alternate text, such as that of a ligature


class _Seen(msgspec.Struct, frozen=True):
    text: str
    concealed: tuple[Concealed, ...]
    scanned: bool


def read_pdf(data: bytes, limits: Limits = LIMITS) -> Reading:
    """Read a PDF; its pages are parted by form feeds. Raises InvalidRequest.

    What is seen is decided on the rendered page: text counts that changes the picture. Invisible text on the
    picture of a scan counts too, where its words lie on drawn words.
    """
    with open_document(data) as document:
        count = int(load_pdfium().FPDF_GetPageCount(document))
        if not 0 < count <= limits.pages:
            message = f"unreadable PDF: found {count} pages, expected 1 to {limits.pages}"
            raise InvalidRequest(message, code="file_too_large" if count else "unreadable_file")
        scale = _SCALE if count <= _MANY else _SCALE_OF_MANY
        pages = [_look(document, number, scale, limits) for number in range(count)]
        text = "\f".join(page.text for page in pages)
        concealed = [one for page in pages for one in page.concealed]
        concealed += _read_around(document, data, squeeze(text))
    unscanned = "image_without_ocr" if any(page.scanned for page in pages) else None
    return Reading("pdf", text, tuple(concealed), count, unscanned)


def _look(document: Handle, number: int, scale: float, limits: Limits) -> _Seen:
    with open_page(document, number) as handle:
        notes, drawn = read_notes(handle)
        alternates = read_alternates(handle)
        if not drawn:
            return _look_at_loaded(handle, number, scale, limits, (notes, alternates))
        flatten(handle)
    with open_page(document, number) as handle:  # what is flattened shows only once it is loaded again
        return _look_at_loaded(handle, number, scale, limits, (notes, alternates))


def _look_at_loaded(
    handle: Handle, number: int, scale: float, limits: Limits, beside: tuple[list[Note], list[str]]
) -> _Seen:
    page = read_page(handle, limits.pixels)
    fitting = min(scale, (_PIXELS / (page.width * page.height)) ** 0.5)
    kinds = judge(page, Camera(handle, page.width, page.height, fitting)) if page.characters else []
    text = _write_visible(page.characters, kinds)
    concealed = list(_write_hidden(page.characters, kinds, number))
    concealed += _write_beside(page, squeeze(text), number, beside)
    scanned = not text.strip() and any(_area(image) * 2 > page.width * page.height for image in page.images)
    return _Seen(text, tuple(concealed), scanned)


def _write_visible(characters: tuple[Character, ...], kinds: list[str | None]) -> str:
    """Join what is seen; where something is left out, its neighbours do not grow together."""
    parts: list[str] = []
    for character, kind in zip(characters, kinds, strict=True):
        if kind is None:
            parts.append(character.text)
        elif parts and not parts[-1].isspace():
            parts.append(" ")
    lines = _mend("".join(parts)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _write_hidden(
    characters: tuple[Character, ...], kinds: list[str | None], number: int
) -> Iterator[Concealed]:
    """Yield the runs of characters between which none is seen, parted where another way to hide begins.

    One text object is one run: its first words may have the paper's colour, and the last be off the page.
    """
    run = _Run()
    for character, kind in zip(characters, kinds, strict=True):
        if character.text.isspace() or not character.text:
            run.text.append(" ")
            continue
        if run.kinds and (kind is None or (kind not in run.kinds and character.owner != run.owner)):
            yield run.close(number)
            run = _Run()
        if kind is not None:
            run.take(character, kind)
    if run.kinds:
        yield run.close(number)


class _Run:
    """Hidden characters in a row."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.owner = -1
        self._box: Box | None = None

    def take(self, character: Character, kind: str) -> None:
        self.text.append(character.text)
        self.kinds[kind] += 1
        self.owner = character.owner
        self._box = self._box or character.box

    def close(self, number: int) -> Concealed:
        """Return the run under the kind that most of it has."""
        assert self._box is not None
        text = " ".join(_mend("".join(self.text)).split())
        return Concealed(self.kinds.most_common(1)[0][0], _place(number, self._box), text)


def _write_beside(
    page: Page, visible: str, number: int, beside: tuple[list[Note], list[str]]
) -> Iterator[Concealed]:
    notes, alternates = beside
    for note in notes:
        if squeeze(note.text) not in visible:
            yield Concealed(
                note.kind, _place(number, (note.x - page.left, note.y - page.bottom, 0, 0)), note.text
            )
    for text in alternates:
        if squeeze(text) not in visible:
            yield Concealed("alt_text", f"page {number + 1}", text)
    promised: set[str] = set()
    for thing in page.objects:
        short = squeeze(thing.promised)
        if len(short) > _LITTLE and short not in visible and short not in promised:
            promised.add(short)
            yield Concealed("actual_text", _place(number, thing.box), thing.promised)


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


def _place(number: int, box: Box) -> str:
    return f"page {number + 1} ({box[0]:.0f}, {box[1]:.0f})"


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _mend(text: str) -> str:
    """Join the halves of characters beyond 16 bits; a half alone becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
