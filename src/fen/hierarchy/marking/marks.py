"""Marks: text without authority is put between tags, and its words are marked or encoded.

Source: Hines et al. 2024, "Defending Against Indirect Prompt Injection Attacks With Spotlighting",
arXiv 2403.14720: delimiting, datamarking, encoding.

A mark is an HMAC-SHA256 of the server's key, the tenant and the text itself. Whoever writes the text cannot
know it, so no look-alike in the text closes the tags; and who sees it in an answer has no use for it, for
another text has another mark. The same text has the same mark in every turn, so that an upstream's prefix
cache stays valid.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode, b64encode
from typing import Literal

import msgspec

from fen.hierarchy.marking.shapes import tell_shape

Method = Literal["delimit", "datamark", "encode"]

NAME_LENGTH = 14
"""Characters of a mark's name, of 5 bits each: 70 bits that cannot be guessed."""

_CJK = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
_GROUP = 8  # characters without spaces between them that one mark is put after
_WORD = re.compile(
    r"(?P<kept>```.*?(?:```|\Z)|`[^`\n]+`|(?:[a-zA-Z][a-zA-Z0-9+.-]{1,20}://|www\.)\S+"
    r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]+)"
    rf"|[{_CJK}]{{1,{_GROUP}}}|[^\s{_CJK}]+",
    re.DOTALL,
)


class Key(msgspec.Struct, frozen=True):
    """What marks are made with: the server's secret, of at least 16 bytes, and whose requests they mark."""

    secret: bytes
    tenant: str

    def __post_init__(self) -> None:
        if len(self.secret) < 16:
            raise ValueError(f"found a key of {len(self.secret)} bytes, expected at least 16")

    def __repr__(self) -> str:
        return f"Key(tenant={self.tenant!r})"  # the secret reaches no log


class Mark(msgspec.Struct, frozen=True):
    """The mark of one text.

    name: what its tags are called by. word: what follows each word, empty where words are left alone.
    encoded: the text in base64, empty where it stands as it is; text: what that was. reminder: what is said
    after it.
    """

    name: str
    word: str = ""
    encoded: str = ""
    text: str = ""
    reminder: str = ""

    @property
    def opening(self) -> str:
        """The tag before the text."""
        kind = f" {self.word}" if self.word else " base64" if self.encoded else ""
        return f"<untrusted {self.name}{kind}>"

    @property
    def closing(self) -> str:
        """The tag after the text."""
        return f"</untrusted {self.name}>"


def make_mark(key: Key, text: str, method: Method) -> Mark:
    """Return the mark of a text; JSON, code and URLs are only put between tags, whatever the method."""
    if method != "delimit" and tell_shape(text) != "prose":
        method = "delimit"
    raw = text.encode("utf-8", "surrogatepass")
    turn = 0
    while True:
        name, word = _derive(key, raw, turn)
        if name not in text and word not in text:  # else taking marks out would take the text's own
            break
        turn += 1
    if method == "datamark":
        return Mark(name, word)
    if method == "encode":
        return Mark(name, encoded=b64encode(raw).decode(), text=text)
    return Mark(name)


def put_mark(text: str, mark: Mark) -> str:
    """Return a text with its mark on it."""
    inside = mark.encoded or (_follow_words(text, mark.word) if mark.word else text)
    return f"{mark.opening}\n{inside}\n{mark.closing}{mark.reminder}"


def _derive(key: Key, raw: bytes, turn: int) -> tuple[str, str]:
    tenant = key.tenant.encode("utf-8", "surrogatepass")
    head = b"fen.mark.1" + turn.to_bytes(4, "big") + len(tenant).to_bytes(4, "big") + tenant
    digest = hmac.digest(key.secret, head + raw, "sha256")
    letters = b32encode(digest).decode().lower()
    # A text that holds every short word gets a longer one.
    return letters[:NAME_LENGTH], "^" + letters[NAME_LENGTH : NAME_LENGTH + 3 + min(turn, 20)]


def _follow_words(text: str, word: str) -> str:
    return _WORD.sub(lambda found: found[0] if found["kept"] is not None else found[0] + word, text)
