"""A scanned page of a PDF read by recognition, and the invisible text that some program put on it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from fen.hierarchy.documents.contrast import CONTRAST
from fen.hierarchy.documents.images import Line, Recogniser
from fen.hierarchy.documents.pdf.page import Page
from fen.hierarchy.documents.pdf.picture import Camera, Picture
from fen.hierarchy.documents.pdf.words import place_of
from fen.hierarchy.documents.prose import squeeze
from fen.hierarchy.reading import Concealed

_SCANNED = 0.5  # of the page that pictures cover
_AGREE = 0.3  # of a text's pairs of characters that recognition finds too, with all that it misreads


class Scan(msgspec.Struct, frozen=True):
    """What recognition reads on a page."""

    text: str
    concealed: tuple[Concealed, ...]


def is_scan(page: Page) -> bool:
    """Whether pictures cover most of a page: a scan may come in strips."""
    areas = ((right - left) * (top - bottom) for left, bottom, right, top in page.images)
    return sum(areas) > page.width * page.height * _SCANNED


def read_scan(camera: Camera, recogniser: Recogniser, number: int) -> Scan:
    """Return what is written in the picture of a page, counted from 0; faint lines are concealed."""
    lines = sorted(recogniser(encode_png(camera.take())), key=lambda line: (line.top, line.left))
    seen = "\n".join(line.text for line in lines if line.contrast >= CONTRAST)
    known = squeeze(seen)
    return Scan(seen, tuple(_conceal(lines, known, camera, number)))


def agree(text: str, recognised: str) -> bool:
    """Whether a text says what recognition reads; no text says nothing of what there is to read."""
    pairs, found = _pairs(text), _pairs(recognised)
    return len(pairs & found) >= _AGREE * len(pairs) if pairs else not found


def distrust(page: Page, kinds: Sequence[str | None]) -> list[str | None]:
    """Return how characters are hidden, with invisible text as such although it lies on a scan."""
    return [
        "invisible_text"
        if kind is None and character.owner >= 0 and page.objects[character.owner].mode == 3
        else kind
        for character, kind in zip(page.characters, kinds, strict=True)
    ]


def encode_png(picture: Picture) -> bytes:
    """Return a picture as PNG (ISO/IEC 15948), packed as little as can be: it is read right away."""
    height, width = picture.shape[:2]
    colours = picture[:, :, ::-1]
    rows = b"".join(b"\0" + colours[row].tobytes() for row in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _conceal(lines: Sequence[Line], known: str, camera: Camera, number: int) -> Iterator[Concealed]:
    for line in lines:
        if line.contrast < CONTRAST and squeeze(line.text) not in known:
            left, bottom = line.left / camera.scale, (camera.height - line.top - line.height) / camera.scale
            yield Concealed("low_contrast", place_of(number, (left, bottom, left, bottom)), line.text)


def _pairs(text: str) -> set[str]:
    short = squeeze(text)
    return {short[at : at + 2] for at in range(len(short) - 1)}
