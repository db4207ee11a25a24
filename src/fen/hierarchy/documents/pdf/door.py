"""The door to PDFium: documents opened and closed, its strings read, its fonts seen to.

PDFium has no types, so what it returns is `Any` behind this door; the modules beside it turn that into
values. It is not safe for threads: one thread of a process may use it at a time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from fen.hierarchy.documents.pdf.box_font import build_box_font
from fen.wire.errors import InvalidRequest

Handle = Any
"""A pointer that PDFium gave."""

_ERRORS = {
    1: "an unknown fault",
    2: "a file that cannot be opened",
    3: "damaged or no PDF at all",
    4: "encrypted",
    5: "protected by an unknown scheme",
    6: "a page that cannot be loaded",
}
_UNPAINTED_CHARSETS = frozenset({128, 129, 130, 134, 136, 163, 177, 178, 204, 222})
"""Windows charsets: Japanese, Korean (two), Chinese (two), Vietnamese, Hebrew, Arabic, Cyrillic, Thai."""


@cache
def load_pdfium() -> Any:
    """Return PDFium's functions, ready: with a font of boxes in place of those that a file does not bring."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  (heavy, has no types)

    library = cast(Any, pdfium)
    library.FPDF_SetSystemFontInfo(ctypes.pointer(_box_fonts(library)))
    return library


@cache
def _box_fonts(library: Any) -> Any:
    """Return PDFium's view of a system whose only font is of boxes; cached, for PDFium keeps the pointer."""
    font = build_box_font()
    handle = 1  # any pointer but null

    def map_font(_: Any, _weight: int, _italic: int, charset: int, *_rest: Any) -> int | None:
        return handle if charset in _UNPAINTED_CHARSETS else None

    def give_data(_: Any, _font: Any, table: int, buffer: Any, size: int) -> int:
        if table:
            return 0
        if size >= len(font):
            ctypes.memmove(buffer, font, len(font))
        return len(font)

    def give_name(_: Any, _font: Any, buffer: Any, size: int) -> int:
        name = b"Fen Boxes\0"
        if size >= len(name):
            ctypes.memmove(buffer, name, len(name))
        return len(name)

    calls: dict[str, Callable[..., Any]] = {
        "Release": lambda *_: None,
        "EnumFonts": lambda *_: None,
        "MapFont": map_font,
        "GetFont": lambda *_: None,
        "GetFontData": give_data,
        "GetFaceName": give_name,
        "GetFontCharset": lambda *_: 134,
        "DeleteFont": lambda *_: None,
    }
    info = library.FPDF_SYSFONTINFO(version=1)
    types = dict(cast("list[tuple[str, Any]]", library.FPDF_SYSFONTINFO._fields_))
    for name, call in calls.items():
        setattr(info, name, types[name](call))
    return info


@contextmanager
def open_document(data: bytes) -> Generator[Handle]:
    """Open a PDF from memory, and close it; raises InvalidRequest."""
    pdfium = load_pdfium()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        why = _ERRORS.get(int(pdfium.FPDF_GetLastError()), "an unknown fault")
        raise InvalidRequest(f"unreadable PDF: found {why}, expected an open PDF", code="unreadable_file")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@contextmanager
def open_page(document: Handle, number: int) -> Generator[Handle]:
    """Load a page, counted from 0, upright, and close it; raises InvalidRequest."""
    pdfium = load_pdfium()
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        message = f"unreadable PDF: found that page {number + 1} cannot be loaded, expected a page"
        raise InvalidRequest(message, code="unreadable_file")
    try:
        yield page
    finally:
        pdfium.FPDF_ClosePage(page)


def read_words(call: Callable[[Any, int], int], limit: int = 2_000_000) -> str:
    """Return a string that PDFium gives as UTF-16: `call(buffer, bytes)` returns how many bytes it has."""
    length = int(call(None, 0))
    if not 2 < length <= limit:
        return ""
    buffer = (ctypes.c_ushort * (length // 2))()
    call(buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", errors="replace").strip("\0")


def read_told(call: Callable[[Any, int, Any], bool], unit: Any, limit: int = 2_000_000) -> bytes:
    """Return the bytes of a function that tells their number through its last argument.

    unit: the ctypes type that its buffer has.
    """
    length = ctypes.c_ulong()
    if not call(None, 0, ctypes.byref(length)) or not 0 < length.value <= limit:
        return b""
    buffer = (unit * (length.value // ctypes.sizeof(unit) + 1))()
    call(buffer, length.value, ctypes.byref(length))
    return bytes(buffer)[: length.value]


def decode_text(data: bytes) -> str:
    """Decode a text string of PDF: UTF-16 or UTF-8 by its mark, or PDFDocEncoding (nearly Latin-1)."""
    for mark, encoding in (
        (b"\xfe\xff", "utf-16-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xef\xbb\xbf", "utf-8"),
    ):
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, errors="replace")
    return data.decode("latin-1")


def address_of(handle: Handle) -> int:
    """Return the address that a pointer of PDFium has, by which two can be compared; 0 for none."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


@cache
def bind_plain(name: str, pointers: int) -> Callable[..., int | None]:
    """Return a function of PDFium that takes a handle, an index and pointers, all of them as numbers.

    Pointers as objects take longer to make than such a function to run, and a page has thousands of
    characters. What it returns is a number too: an address, or None for none.
    """
    signature = ctypes.CFUNCTYPE(
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * pointers
    )
    return signature(ctypes.cast(getattr(load_pdfium(), name), ctypes.c_void_p).value or 0)
