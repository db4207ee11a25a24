"""What stands on a page of a PDF: its objects, and the characters of its text, with their places.

Places are in points from the lower left corner of the page's visible box (crop box within media box).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from fen.hierarchy.documents.pdf.door import (
    Handle,
    address_of,
    bind_plain,
    decode_text,
    load_pdfium,
    read_told,
)
from fen.wire.errors import InvalidRequest

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""

TEXT, PATH, IMAGE, FORM = 1, 2, 3, 5
_DEEPEST = 12
_HYPHENS = (2, 0xFFFE)  # what PDFium has for a hyphen at a line's end
_MOST_OBJECTS = 100_000
_MOST_CHARACTERS = 200_000


class TextObject(msgspec.Struct, frozen=True):
    """A piece of text as the page draws it.

    mode: PDF's text rendering mode, 3 for invisible. colour: red, green, blue, alpha of what fills it, None
    for a pattern. size: points of an em, the smaller of width and height. clip: what it is clipped to.
    layered: whether it belongs to an optional layer. promised: what an `ActualText` says in its place.
    """

    handle: Any
    order: int
    box: Box
    mode: int
    colour: tuple[int, int, int, int] | None
    size: float
    clip: Box | None
    layered: bool
    promised: str


class Character(msgspec.Struct, frozen=True):
    """A character; owner: the place of its text object in the page's list, -1 for white space between two."""

    text: str
    box: Box
    owner: int


class Page(msgspec.Struct, frozen=True):
    """A page: its size in points, its text objects, its characters in order, and where other things lie.

    left, bottom: the visible box's corner in the page's own points. covers: box and order of each path and
    image that is painted; images: those of images alone.
    """

    left: float
    bottom: float
    width: float
    height: float
    objects: tuple[TextObject, ...]
    characters: tuple[Character, ...]
    covers: tuple[tuple[Box, int], ...]
    images: tuple[Box, ...]


def read_page(page: Handle, pixels: int) -> Page:
    """Read a loaded page, after its annotations are made part of it; raises InvalidRequest."""
    pdfium = load_pdfium()
    pdfium.FPDFPage_SetRotation(page, 0)
    left, bottom, right, top = _visible_box(page)
    width, height = right - left, top - bottom
    if not 0 < width * height <= pixels:
        message = f"unreadable PDF: found a page of {width:.0f} x {height:.0f} points"
        raise InvalidRequest(f"{message}, expected at most {pixels} in all", code="file_too_large")
    walk = _Walk(left, bottom)
    walk.visit(page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, _IDENTITY, 0)
    characters = tuple(_read_characters(page, walk))
    return Page(
        left, bottom, width, height, tuple(walk.objects), characters, tuple(walk.covers), tuple(walk.images)
    )


Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class _Walk:
    """Collects the objects of a page, those in forms too, in the order in which they are painted."""

    def __init__(self, left: float, bottom: float) -> None:
        self.left, self.bottom = left, bottom
        self.objects: list[TextObject] = []
        self.places: dict[int, int] = {}
        self.covers: list[tuple[Box, int]] = []
        self.images: list[Box] = []
        self._count = 0

    def visit(self, parent: Handle, count: Any, get: Any, within: Matrix, depth: int) -> None:
        """Take in all objects of a page or a form; raises InvalidRequest."""
        pdfium = load_pdfium()
        for index in range(int(count(parent))):
            self._count += 1
            if self._count > _MOST_OBJECTS or depth > _DEEPEST:
                message = f"unreadable PDF: found over {_MOST_OBJECTS} objects on a page, or {_DEEPEST} deep"
                raise InvalidRequest(f"{message}, expected fewer", code="file_too_large")
            thing = get(parent, index)
            kind = int(pdfium.FPDFPageObj_GetType(thing))
            if kind == FORM:
                inside = _multiply(_matrix_of(thing), within)
                self.visit(
                    thing, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, inside, depth + 1
                )
            else:
                self._take(thing, kind, within)

    def _take(self, thing: Handle, kind: int, within: Matrix) -> None:
        box = self.shift(_apply(within, _bounds_of(thing)))
        if kind == TEXT:
            self.places[address_of(thing)] = len(self.objects)
            self.objects.append(_read_text_object(thing, box, within, self))
        elif kind in (PATH, IMAGE):
            self.covers.append((box, self._count))
            if kind == IMAGE:
                self.images.append(box)

    @property
    def order(self) -> int:
        """How many objects came so far."""
        return self._count

    def shift(self, box: Box) -> Box:
        """Return a box of the page's own coordinates as one from the visible box's corner."""
        return box[0] - self.left, box[1] - self.bottom, box[2] - self.left, box[3] - self.bottom


def _read_text_object(thing: Handle, box: Box, within: Matrix, walk: _Walk) -> TextObject:
    pdfium = load_pdfium()
    clip = _clip_of(thing)
    layered, promised = _read_marks(thing)
    em = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(thing, ctypes.byref(em))
    return TextObject(
        handle=thing,
        order=walk.order,
        box=box,
        mode=int(pdfium.FPDFTextObj_GetTextRenderMode(thing)),
        colour=_colour_of(thing),
        size=abs(em.value) * _smallest_scale(_multiply(_matrix_of(thing), within)),
        clip=walk.shift(_apply(within, clip)) if clip is not None else None,
        layered=layered,
        promised=promised,
    )


def _read_marks(thing: Handle) -> tuple[bool, str]:
    """Return whether an object is in a layer, and its `ActualText`, which is taken away.

    PDFium gives that text in place of what the glyphs say; a person sees the glyphs.
    """
    pdfium = load_pdfium()
    layered, promised = False, ""
    for index in reversed(range(int(pdfium.FPDFPageObj_CountMarks(thing)))):
        mark = pdfium.FPDFPageObj_GetMark(thing, index)
        name = read_told(partial(pdfium.FPDFPageObjMark_GetName, mark), ctypes.c_ushort)
        layered = layered or name.decode("utf-16-le", "replace").strip("\0") == "OC"
        actual = read_told(
            partial(pdfium.FPDFPageObjMark_GetParamBlobValue, mark, b"ActualText"),
            ctypes.c_ubyte,
        )
        if actual:
            promised = decode_text(actual)
            pdfium.FPDFPageObj_RemoveMark(thing, mark)
    return layered, promised


def _read_characters(page: Handle, walk: _Walk) -> Iterator[Character]:
    pdfium = load_pdfium()
    text = pdfium.FPDFText_LoadPage(page)
    if not text:
        return
    try:
        count = int(pdfium.FPDFText_CountChars(text))
        if count > _MOST_CHARACTERS:
            message = (
                f"unreadable PDF: found {count} characters on a page, expected at most {_MOST_CHARACTERS}"
            )
            raise InvalidRequest(message, code="file_too_large")
        pen = (ctypes.c_double * 4)()  # left, right, bottom, top
        edges = [ctypes.addressof(pen) + 8 * edge for edge in range(4)]
        code_of, box_of = pdfium.FPDFText_GetUnicode, bind_plain("FPDFText_GetCharBox", 4)
        owner_of, handle = bind_plain("FPDFText_GetTextObject", 0), address_of(text)
        x, y, places = walk.left, walk.bottom, walk.places
        for index in range(count):
            box_of(handle, index, *edges)
            left, right, bottom, top = pen
            owner = owner_of(handle, index)
            box = (left - x, bottom - y, right - x, top - y)
            yield Character(_as_text(code_of(text, index)), box, places.get(owner, -1) if owner else -1)
    finally:
        pdfium.FPDFText_ClosePage(text)


def _as_text(code: int) -> str:
    """Return a character; halves of one beyond 16 bits stay as they are until they are joined."""
    if code == 13:  # a line's end is 13 and 10
        return "\n"
    if code in _HYPHENS:
        return "-"
    return chr(code) if code == 9 or 32 <= code <= 0x10FFFF else ""


def _visible_box(page: Handle) -> Box:
    pdfium = load_pdfium()
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
    return box.left, box.bottom, box.right, box.top


def _bounds_of(thing: Handle) -> Box:
    pdfium = load_pdfium()
    edges = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(thing, *(ctypes.byref(edge) for edge in edges))
    return edges[0].value, edges[1].value, edges[2].value, edges[3].value


def _colour_of(thing: Handle) -> tuple[int, int, int, int] | None:
    pdfium = load_pdfium()
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(thing, *(ctypes.byref(part) for part in parts)):
        return None
    return parts[0].value, parts[1].value, parts[2].value, parts[3].value


def _clip_of(thing: Handle) -> Box | None:
    """Return the box that an object's clipping paths leave; None without any."""
    pdfium = load_pdfium()
    path = pdfium.FPDFPageObj_GetClipPath(thing)
    count = int(pdfium.FPDFClipPath_CountPaths(path)) if path else 0
    left, bottom, right, top = -1e9, -1e9, 1e9, 1e9
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(max(0, min(count, 64))):
        points: list[tuple[float, float]] = []
        for step in range(max(0, min(int(pdfium.FPDFClipPath_CountPathSegments(path, index)), 512))):
            segment = pdfium.FPDFClipPath_GetPathSegment(path, index, step)
            if pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
                points.append((x.value, y.value))
        if points:
            left, right = max(left, min(p[0] for p in points)), min(right, max(p[0] for p in points))
            bottom, top = max(bottom, min(p[1] for p in points)), min(top, max(p[1] for p in points))
    return (left, bottom, right, top) if count > 0 else None


def _matrix_of(thing: Handle) -> Matrix:
    pdfium = load_pdfium()
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(thing, ctypes.byref(matrix)):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _multiply(one: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _apply(matrix: Matrix, box: Box) -> Box:
    if matrix == _IDENTITY:
        return box
    a, b, c, d, e, f = matrix
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(up), max(across), max(up)


def _smallest_scale(matrix: Matrix) -> float:
    """Return the factor by which a matrix scales what it shrinks most: its smaller singular value."""
    a, b, c, d = matrix[:4]
    total, product = a * a + b * b + c * c + d * d, abs(a * d - b * c)
    greatest = ((total + max(0.0, total * total - 4 * product * product) ** 0.5) / 2) ** 0.5
    return product / greatest if greatest else 0.0
