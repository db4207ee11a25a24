"""Files that a person attaches, as OpenAI's content parts: images, PDFs, and text as text."""

from __future__ import annotations

import base64

from fen.conversations.turn import Said
from fen.wire.errors import InvalidRequest
from fen.wire.message import FilePart, FileRef, ImagePart, ImageURL, TextPart

_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_PDF = b"%PDF-"
_LONGEST_NAME = 120


def attach(name: str, data: bytes) -> Said:
    """Return a file as a part; what it is, its first bytes say and not its name.

    A text becomes a text, its name first, since few models read other files than PDFs. Raises InvalidRequest
    for what no model can be told.
    """
    name = "".join(c for c in name[:_LONGEST_NAME] if c.isprintable()) or "file"
    kind = _find_image(data)
    if kind is not None:
        return ImagePart(ImageURL(_write_url(kind, data)))
    if data.startswith(_PDF):
        return FilePart(FileRef(file_data=_write_url("application/pdf", data), filename=name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InvalidRequest(
            f"{name}: found a file of another kind, expected an image (PNG, JPEG, GIF, WebP), a PDF or text"
        )
    return TextPart(f"{name}\n\n{text}")


def name_part(part: Said) -> str:
    """Return what a part is called; empty for an image, which has no name."""
    if isinstance(part, TextPart):
        return part.text.partition("\n")[0]
    return (part.file.filename or "") if isinstance(part, FilePart) else ""


def _find_image(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _IMAGES if data.startswith(magic)), None)


def _write_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
