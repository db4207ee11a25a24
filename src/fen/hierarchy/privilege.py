"""Privilege: whose words a text is, and so which instructions in it count.

Source: Wallace et al. 2024, "The Instruction Hierarchy", arXiv 2404.13208.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import msgspec

from fen.wire.errors import InvalidRequest


class Privilege(IntEnum):
    """A level of authority; a smaller number has more.

    MEDIA: images, audio and files. TOOL: what tools return, and text that its bringer calls untrusted.
    NONE: turns of the assistant, which give no instructions at all.
    """

    SYSTEM = 0
    USER = 10
    MEDIA = 20
    TOOL = 30
    NONE = 40

    @property
    def word(self) -> str:
        """Its name on the wire and on the command line: `system`, `user`, `media`, `tool`, `none`."""
        return self.name.lower()

    @property
    def trusted(self) -> bool:
        """Whether whoever wrote it may give instructions without leave."""
        return self <= Privilege.USER


def parse_privilege(word: str) -> Privilege:
    """Return the privilege of that name; raises InvalidRequest."""
    for privilege in Privilege:
        if privilege.word == word:
            return privilege
    expected = ", ".join(privilege.word for privilege in Privilege)
    raise InvalidRequest(f"privilege: found {word!r}, expected one of {expected}", param="privilege")


Kind = Literal["words", "data", "key"]


class Piece(msgspec.Struct, frozen=True):
    """A text that reaches the model, with its label.

    path: the members and indices that lead to it in the request's JSON: `("messages", 2, "content")`.
    origin: what it came with, as people call it: `system`, `user`, `tool:get_weather`, `file:cv.pdf`,
    `image`, `tool_definition:get_weather`, `untrusted`. start: where the text begins in the member's
    string, in characters, where the piece is a part of it. kind: `words`; `data`, which is a file's or an
    image's bytes in base64, a URL or an id; `key`, which is the name of the member that the path leads to.
    """

    path: tuple[str | int, ...]
    text: str
    privilege: Privilege
    origin: str
    start: int = 0
    kind: Kind = "words"

    @property
    def where(self) -> str:
        """The path as it is written: `messages[2].content`."""
        return format_path(self.path)


def format_path(path: tuple[str | int, ...]) -> str:
    """Write a path: members with dots, indices in brackets."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
