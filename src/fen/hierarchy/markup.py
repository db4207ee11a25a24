"""HTML: what a person sees of a page, in reading order, and what the page has besides.

Nothing is fetched, no entity is expanded but HTML's own, no script runs. A page is read as a browser with
scripts shows it: `<noscript>` is hidden, closed `<details>` are seen (one click opens them).

Every page has text that no person sees and that deceives nobody; its kinds are those of
`fen.hierarchy.ordinary.ROUTINE`, and are an
alarm only where the scorer finds an instruction in them. Among them is `label`: text for screen readers,
hidden by a class of that name (`sr-only`, `visually-hidden`), of at most 12 words, 80 letters or 24 Chinese
characters; longer text hidden that way has the kind of its hiding. None of it goes to the model.
"""

from __future__ import annotations

import codecs
import re

from fen.hierarchy.html.page import read_page
from fen.hierarchy.reading import Reading
from fen.wire.errors import InvalidRequest

MOST_BYTES = 8_000_000
"""Bytes of the largest page that is read."""

_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CHARSETS = re.compile(
    r"(?:utf-?8|us-ascii|iso-?8859-?\d+|latin-?1|windows-\d+|gb2312|gbk|gb18030|big5|shift_?jis|euc-(?:jp|kr)|koi8-[ru])"
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def read_html(data: str | bytes) -> Reading:
    """Return a page's visible text and what it conceals.

    Bytes are read by their mark, by the charset that the page names, or else as UTF-8. Raises InvalidRequest
    for a page that is too large, too deep or too complex.
    """
    if len(data) > MOST_BYTES:
        raise InvalidRequest(f"html: found {len(data)} bytes, expected at most {MOST_BYTES}")
    text = data if isinstance(data, str) else _decode(data)
    seen = read_page(text)
    return Reading("html", seen.text, seen.concealed)


def _decode(data: bytes) -> str:
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, "replace")
    named = _META.search(data, 0, 1024)
    charset = named[1].decode("ascii").lower() if named else "utf-8"
    if _CHARSETS.fullmatch(charset) is None:
        charset = "utf-8"
    try:
        return data.decode("cp1252" if charset in ("iso-8859-1", "latin1") else charset, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
