"""Files and images that stand in a request: what they say goes to the model in their place."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence

import msgspec

from fen.hierarchy.documents import Documents, to_text_part
from fen.hierarchy.finding import Finding
from fen.hierarchy.policy import UNSCANNED
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.reading import Concealed, Reading
from fen.hierarchy.rewriting import replace_part
from fen.wire.errors import InvalidRequest
from fen.wire.request import Request

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_BLANK = re.compile(r"[\r\n\t ]+")  # some writers break base64 into lines
_FILES = ("file_data", "data")
_UNTRUSTED = (Privilege.MEDIA, Privilege.TOOL)


class Attached(msgspec.Struct, frozen=True):
    """A request whose files were read.

    pieces: with the files' visible texts as words. findings: what the files hide, and what could not be
    looked at.
    """

    request: Request
    pieces: tuple[Piece, ...]
    findings: tuple[tuple[Finding, Concealed | None], ...] = ()


async def read_attached(
    request: Request, pieces: Sequence[Piece], documents: Documents, *, strict: bool = True
) -> Attached:
    """Read the files of a request, and put what a person sees of them in their place.

    What is only an address stays as it is, and so does an image that hides nothing; what was not looked at is
    told to be `unscanned`. strict: raises InvalidRequest for a file that cannot be read, or not within the
    limits; else that is `unscanned` too.
    """
    found: list[tuple[Finding, Concealed | None]] = []
    kept = tuple(pieces)
    for piece in pieces:
        if piece.kind != "data" or piece.privilege not in _UNTRUSTED or piece not in kept:
            continue  # the last: its part was replaced already
        reading = await _read(piece, documents, strict=strict)
        if reading is None or reading.unscanned is not None:
            found.append((Finding(UNSCANNED, piece.where, piece.privilege), None))
            if reading is None:
                continue
        found += [(_note(piece, one), one) for one in reading.concealed]
        if reading.kind != "image" or reading.concealed:
            text = to_text_part(reading, piece.origin.partition(":")[2] or None)
            request, kept = replace_part(request, kept, kept.index(piece), text)
    return Attached(request, kept, tuple(found))


async def _read(piece: Piece, documents: Documents, *, strict: bool) -> Reading | None:
    """Return a file's reading; None for what is no file's bytes, or of a kind that nobody reads."""
    name = piece.origin.partition(":")[2] or None
    try:
        data = _decode(piece)
        return None if data is None else await documents.read(data, name)
    except InvalidRequest as error:
        if error.code == "unsupported_file" or not strict:
            return None
        error.param = piece.where
        raise


def _decode(piece: Piece) -> bytes | None:
    """Return the bytes of a piece in base64, as such or in a `data:` URL."""
    url = _DATA_URL.match(piece.text)
    if url is None and piece.path[-1] not in _FILES:
        return None
    data = piece.text[url.end() if url is not None else 0 :]
    try:
        return b64decode(_BLANK.sub("", data), validate=True)
    except (binascii.Error, ValueError):
        message = f"{piece.where}: found data that is not base64, expected base64"
        raise InvalidRequest(message, param=piece.where) from None


def _note(piece: Piece, one: Concealed) -> Finding:
    return Finding(one.kind, f"{piece.where} {one.where}".strip(), piece.privilege)
