"""Read a file of any kind, in the process that calls."""

from __future__ import annotations

from fen.hierarchy.documents.docx import read_docx
from fen.hierarchy.documents.images import Recogniser, read_image
from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.hierarchy.documents.pdf import read_pdf
from fen.hierarchy.documents.recognise import decode, recognise
from fen.hierarchy.reading import Reading


def read_file(data: bytes, limits: Limits = LIMITS, recogniser: Recogniser | None = None) -> Reading:
    """Return the reading of a file; its kind is told by its bytes. Raises InvalidRequest.

    Hidden characters in plain text are not looked for here: they are in any text, not only in files.
    """
    kind = recognise(data)
    if kind == "pdf":
        return read_pdf(data, limits, recogniser)
    if kind == "docx":
        return read_docx(data, limits)
    if kind == "image":
        return read_image(data, limits, recogniser)
    if kind == "html":
        from fen.hierarchy.markup import read_html  # noqa: PLC0415 (parses with what only workers need)

        return read_html(data)
    return Reading("text", decode(data))
