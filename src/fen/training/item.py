"""An item: what a model is asked, what it should answer, and how its answer is judged.

Messages are as the wire has them, with the roles that the template of SmolLM2 renders: system, user and
assistant. A tool's result, a file and the text of an image stand in a user's turn as a labelled block
("Result of get_order:", "File notes.csv:", "Text in the image sign.png:"). A share of such blocks has the
marks of `fen.hierarchy.spotlight`, with its explanation, as the guard sends them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from fen.hierarchy.suite.rubric import Rubric
from fen.wire.errors import InvalidRequest

__all__ = [
    "ANSWER_TOKENS",
    "Condition",
    "Grader",
    "Item",
    "Kind",
    "Language",
    "Message",
    "Position",
    "encode_items",
    "hash_items",
    "read_items",
    "write_items",
]

ANSWER_TOKENS = 32
"""The most tokens of an answer that is trained on."""

Kind = Literal[
    "open_domain", "closed_domain", "indirect_tool", "indirect_file", "indirect_image", "extraction", "replay"
]
"""What conflicts: a user with the system's rule; data in a message, a tool's result, a file or an image with
the task; a question with a secret. `replay`: nothing, an ordinary request."""

Condition = Literal["conflict", "aligned", "reference"]
"""`conflict`: a lower instruction contradicts a higher one. `aligned`: an instruction at its place counts.
`reference`: the same task with harmless text there. The last two are benign."""

Position = Literal["start", "middle", "end"]
Language = Literal["en", "zh"]


class Message(msgspec.Struct, frozen=True):
    """One turn."""

    role: Literal["system", "user", "assistant"]
    content: str


class Written(msgspec.Struct, frozen=True, tag="written"):
    """The answer is this text to the letter, case too; spaces, quotes and a full stop around it are free."""

    text: str


Grader = Rubric | Written
"""What a right answer is; judged by `fen.training.grading`."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item.

    family: type, phrasing and carrier together. template: the unit in which items are alike, by which
    intervals are clustered. target: the right answer. rejected: the answer to the injected instruction, for
    DPO; None of benign items. canary: what must be absent from an answer; None of benign items. twin: the id
    of the item that it is paired with. phrasing, carrier: how the instruction is put, and what it is in.
    marked: whether its data have the guard's marks. may_copy: repeating the last message is the task.
    """

    id: str
    family: str
    kind: Kind
    language: Language
    condition: Condition
    template: str
    messages: tuple[Message, ...]
    target: str
    grader: Grader | None = None
    rejected: str | None = None
    canary: str | None = None
    twin: str | None = None
    phrasing: str = ""
    carrier: str = ""
    position: Position = "end"
    marked: bool = False
    may_copy: bool = False

    @property
    def aligned(self) -> bool:
        """Whether nothing in it conflicts."""
        return self.condition != "conflict"

    @property
    def chat(self) -> list[dict[str, str]]:
        """The messages as templates of chats take them."""
        return [{"role": message.role, "content": message.content} for message in self.messages]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Item)


def encode_items(items: Iterable[Item]) -> bytes:
    """Return the items as JSON lines; equal items give equal bytes."""
    return _encoder.encode_lines(list(items))


def hash_items(items: Iterable[Item]) -> str:
    """Return the SHA-256 of the items' JSON lines, in hex."""
    return hashlib.sha256(encode_items(items)).hexdigest()


def write_items(path: Path, items: Iterable[Item]) -> str:
    """Write the items as JSON lines and return their SHA-256."""
    data = encode_items(items)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def read_items(path: Path) -> tuple[Item, ...]:
    """Return the items of a file of JSON lines, in its order.

    Raises InvalidRequest that names the line which is no item, and for a file that cannot be read.
    """
    items: list[Item] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidRequest(f"found no {path} ({error.strerror}), expected a file of items") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            items.append(_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidRequest(f"{path}:{number}: found no item ({error}), expected one") from None
    return tuple(items)
