"""A font of one glyph, a filled box, that stands in for fonts that a PDF names and does not bring.

Viewers have fonts for Chinese, Japanese, Korean and so on; a server often has none, and then such text leaves
no ink on a rendered page, as hidden text does. With boxes in place of glyphs its ink is where a person would
see it. Source: OpenType 1.9, with cmap format 13 (many characters to one glyph).
"""

from __future__ import annotations

import struct

_EM = 1000
_CHARACTERS = ((0x21, 0x2FFF), (0x3001, 0x10FFFF))  # all but the spaces


def build_box_font() -> bytes:
    """Return the TrueType file: glyph 0 is empty, glyph 1 the box, of 90% of the em square."""
    box = _draw_box(50, -80, 950, 820)
    tables = {
        b"cmap": _map_characters(),
        b"glyf": box,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            0x10000,
            0x10000,
            0,
            0x5F0F3CF5,
            11,
            _EM,
            0,
            0,
            0,
            -80,
            _EM,
            820,
            0,
            8,
            2,
            1,
            0,
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 880, -120, 0, _EM, 0, 0, _EM, *[0] * 8, 1),
        b"hmtx": struct.pack(">Hhh", _EM, 0, 0),
        b"loca": struct.pack(">III", 0, 0, len(box)),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, 4, 1, *[0] * 11),
        b"name": struct.pack(">HHH", 0, 0, 6),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    return _assemble(tables)


def _draw_box(left: int, bottom: int, right: int, top: int) -> bytes:
    head = struct.pack(">hhhhh", 1, left, bottom, right, top)
    outline = struct.pack(">HH4B", 3, 0, 1, 1, 1, 1)  # one contour of four points, all on the curve
    across = struct.pack(">4h", left, 0, right - left, 0)
    up = struct.pack(">4h", bottom, top - bottom, 0, bottom - top)
    return head + outline + across + up


def _map_characters() -> bytes:
    groups = b"".join(struct.pack(">III", first, last, 1) for first, last in _CHARACTERS)
    table = struct.pack(">HHIII", 13, 0, 16 + len(groups), 0, len(_CHARACTERS)) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _assemble(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    span = 16 * 2 ** (count.bit_length() - 1)
    head = struct.pack(">IHHHH", 0x10000, count, span, count.bit_length() - 1, 16 * count - span)
    offset = len(head) + 16 * count
    directory, body = b"", b""
    for tag, table in sorted(tables.items()):
        padded = table + b"\0" * (-len(table) % 4)
        words = struct.unpack(f">{len(padded) // 4}I", padded)
        directory += struct.pack(">4sIII", tag, sum(words) & 0xFFFFFFFF, offset + len(body), len(table))
        body += padded
    return head + directory + body
