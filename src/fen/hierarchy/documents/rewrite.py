"""What a model gets in place of a file: the text that a person sees, and nothing of what is hidden."""

from __future__ import annotations

import re

from fen.hierarchy.reading import Reading

_UNPRINTED = re.compile(r"[^\w .,()+@-]", re.UNICODE)
_LONGEST = 120
_WHY = {
    "image_without_ocr": "it has pictures whose words were not read",
    "embedded_graphics": "it has charts or diagrams whose words were not read",
}


def to_text_part(reading: Reading, name: str | None) -> str:
    """Return the visible text with marks of file and pages. The name is cleaned, for it is untrusted too."""
    pages = reading.text.split("\f") if reading.kind == "pdf" else [reading.text]
    head = f"[file: {clean_name(name)}" + (f", {len(pages)} pages]" if len(pages) > 1 else "]")
    parts = [head]
    if reading.unscanned is not None:
        parts.append(f"[not all of it was read: {_WHY.get(reading.unscanned, reading.unscanned)}]")
    for number, page in enumerate(pages, 1):
        parts.extend([f"[page {number}]", page] if len(pages) > 1 else [page])
    return "\n".join([*parts, "[end of file]"])


def clean_name(name: str | None) -> str:
    """Return a file's name without folders, marks, line breaks and what is beyond 120 characters."""
    bare = re.split(r"[/\\]", name or "")[-1]
    return _UNPRINTED.sub("_", bare)[:_LONGEST].strip() or "unnamed"
