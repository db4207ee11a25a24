"""What a reader of a file or of marked-up text gives back: what a person sees, and what they don't."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["text", "html", "pdf", "docx", "image"]


class Concealed(msgspec.Struct, frozen=True):
    """Text that the file has and that no person sees.

    kind: how it is hidden: `white_text`, `tiny_text`, `off_page`, `hidden_run`, `comment`, `metadata`.
    where: `page 2 (72, 540)` in points from the page's lower left corner, `paragraph 7`, or a CSS-like path.
    """

    kind: str
    where: str
    text: str


class Reading(msgspec.Struct, frozen=True):
    """A file as it was read.

    text: what a person sees, in reading order; it has nothing of what is concealed. unscanned: why some or
    all of it could not be looked at (`encrypted`, `image_without_ocr`); None where all of it was.
    """

    kind: Kind
    text: str
    concealed: tuple[Concealed, ...] = ()
    pages: int = 1
    unscanned: str | None = None
