"""Read an image: its size from its header, and its words where the extra `ocr` is installed.

Words that only appear once the contrast is raised are such as no person sees.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Protocol, cast

import msgspec

from fen.hierarchy.documents.contrast import CONTRAST
from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.hierarchy.documents.prose import squeeze
from fen.hierarchy.reading import Concealed, Reading
from fen.wire.errors import InvalidRequest

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start of frame
_SURE = 0.5  # of 1: how sure recognition must be of a line


class Line(msgspec.Struct, frozen=True):
    """A line of text in an image; left, top, height: in pixels, from the upper left. contrast: of 255."""

    text: str
    left: int
    top: int
    contrast: float
    height: int = 1


class Recogniser(Protocol):
    """Finds the lines of text in an image, those of hardly any contrast too."""

    def __call__(self, data: bytes, /) -> Sequence[Line]:
        """Return the lines of an image's bytes; raises InvalidRequest."""
        ...


def read_image(data: bytes, limits: Limits = LIMITS, recogniser: Recogniser | None = None) -> Reading:
    """Read a PNG, JPEG, GIF or WebP; raises InvalidRequest.

    Without a recogniser its words stay unknown: `unscanned`.
    """
    width, height = measure(data)
    if not 0 < width * height <= limits.pixels:
        message = (
            f"unreadable image: found {width} x {height} pixels, expected at most {limits.pixels} in all"
        )
        raise InvalidRequest(message, code="file_too_large")
    if recogniser is None:
        return Reading("image", "", unscanned="image_without_ocr")
    lines = sorted(recogniser(data), key=lambda line: (line.top, line.left))
    text = "\n".join(line.text for line in lines if line.contrast >= CONTRAST)
    seen = squeeze(text)
    faint = [line for line in lines if line.contrast < CONTRAST and squeeze(line.text) not in seen]
    concealed = (Concealed("low_contrast", f"pixel ({line.left}, {line.top})", line.text) for line in faint)
    return Reading("image", text, tuple(concealed))


def measure(data: bytes) -> tuple[int, int]:
    """Return width and height as the header tells them; raises InvalidRequest."""
    try:
        if data.startswith(b"\x89PNG"):
            return struct.unpack(">II", data[16:24])
        if data.startswith(b"GIF8"):
            return struct.unpack("<HH", data[6:10])
        if data.startswith(b"\xff\xd8"):
            return _measure_jpeg(data)
        if data[8:12] == b"WEBP":
            return _measure_webp(data)
    except (struct.error, IndexError):
        pass
    message = "unreadable image: found no size in its header, expected a whole PNG, JPEG, GIF or WebP"
    raise InvalidRequest(message, code="unreadable_file")


def _measure_jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise IndexError


def _measure_webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (one & 0x3FFF for one in struct.unpack("<HH", data[26:30]))
    return width, height


def open_recogniser() -> Recogniser | None:
    """Return the extra's recogniser, which takes seconds to load; None where it is not installed."""
    try:
        import cv2 as untyped  # noqa: PLC0415 # pyright: ignore  (comes with the extra)
        from rapidocr_onnxruntime import RapidOCR  # noqa: PLC0415 # pyright: ignore  (the extra `ocr`)
    except ImportError:
        return None
    return _RapidOcr(cast(Any, untyped), cast(Any, RapidOCR)(intra_op_num_threads=1, inter_op_num_threads=1))


class _RapidOcr:
    """Recognition by RapidOCR (PaddleOCR's models), of the image as it is and with its contrast raised."""

    def __init__(self, cv2: Any, engine: Any) -> None:
        self._cv2 = cv2
        self._engine = engine

    def __call__(self, data: bytes) -> list[Line]:
        import numpy as np  # noqa: PLC0415 (only workers need it)

        cv2 = self._cv2
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            message = "unreadable image: found damaged pixels, expected a whole image"
            raise InvalidRequest(message, code="unreadable_file")
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        raised = cv2.createCLAHE(clipLimit=40.0, tileGridSize=(8, 8)).apply(grey)
        lines: list[Line] = []
        for view in (picture, cv2.cvtColor(raised, cv2.COLOR_GRAY2BGR)):
            found, _ = self._engine(view)
            read = [_weigh(picture, box, text) for box, text, sure in found or () if float(sure) >= _SURE]
            lines += [line for line in read if not any(_same(line, other) for other in lines)]
        return lines


def _weigh(picture: Any, box: Any, text: str) -> Line:
    """Return a line with its contrast in the picture as it is: from the 2nd to the 98th percentile."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    corners = np.asarray(box, np.float64)
    left, top = (max(0, int(edge)) for edge in corners.min(axis=0))
    right, bottom = (int(edge) + 1 for edge in corners.max(axis=0))
    crop = picture[top:bottom, left:right].reshape(-1, 3)
    low, high = np.percentile(crop, [2, 98], axis=0)
    return Line(text, left, top, float((high - low).max()), bottom - top)


def _same(one: Line, other: Line) -> bool:
    """Whether two lines begin at the same place."""
    near = max(one.height, other.height) / 2
    return abs(one.left - other.left) < 2 * near and abs(one.top - other.top) < near
