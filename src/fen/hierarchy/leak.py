r"""Leaks: an answer that says a secret, a canary or the system prompt is held back while it streams.

A leak is SHARE of a secret of at least 12 characters, or SYSTEM_CHARACTERS of the system prompt (one in
three of them in Chinese) outside of what may be quoted: said at a stretch, behind at most two transforms of
a closed list. The list: case; anything that is no letter and no digit between the letters (spaces, dashes,
dots, line breaks, marks of Markdown, zero-width characters); reversed; base64 at every alignment in both
alphabets, wrapped or not, and also where its case was lost; hex, with `0x`, `\x` or separators; ROT13;
spelled out (fen.hierarchy.leaks.spelling); JSON's escapes, which in arguments of tools count for nothing.
Other transforms are not looked for.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from fen.hierarchy.leaks import Compiled, Protected, Scanner, compile_texts
from fen.hierarchy.leaks.escapes import Unescaper
from fen.hierarchy.leaks.protected import Form, Kind

BLOCK = 28
"""Characters that are looked at together; twice as many, less one, wait for what comes next."""

COARSE = 256
"""The same where nothing has to go out at once, which takes half of the time."""

MOST_HELD = 2048
"""Characters that a match which goes on may hold; more is a leak."""

_REMEMBERED = 2 * MOST_HELD  # characters that went out, kept for the hash of a leak that began in them

__all__ = ["BLOCK", "COARSE", "MOST_HELD", "Leak", "LeakFilter", "Protected", "Released"]


class Leak(msgspec.Struct, frozen=True):
    """A protected text that a channel has said.

    transforms: behind which it was said, the outermost first; none where it was said as it is. start, end:
    where it was found in the channel's text, in characters. digest: a hash of that span. held: it was not
    whole, but a match went on for longer than MOST_HELD.
    """

    channel: str
    kind: Kind
    transforms: tuple[str, ...]
    start: int
    end: int
    digest: str
    held: bool = False


class Released(msgspec.Struct, frozen=True):
    """What may go out now, and the leak that was found; behind one nothing goes out."""

    text: str
    leak: Leak | None = None


_NOTHING = Released("")


class LeakFilter:
    """Filters the channels of one answer; used by its task alone.

    A channel is a text that the client puts together: one choice's content, its reasoning, the arguments of
    one call of a tool (its name ends in `arguments`, and its escapes are undone first). What is a leak does
    not depend on how the text was cut into pieces; larger ones let less of it pass.
    """

    def __init__(self, protected: Protected, block: int = BLOCK) -> None:
        """Look for these texts, in blocks of so many characters; a leak is told by the block it began in."""
        self._compiled = compile_texts(protected)
        self._block = block
        self._channels: dict[str, _Channel] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is protected, so that all may pass."""
        return self._compiled.empty

    def feed(self, channel: str, text: str) -> Released:
        """Take the channel's next text."""
        return self._open(channel).feed(text)

    def pause(self, channel: str) -> Released:
        """Release what does not belong to a match: another channel goes on, and this one may be over."""
        return self._open(channel).pause()

    def end(self, channel: str) -> Released:
        """Release the rest of the channel's text, which is all there."""
        return self._open(channel).end()

    def waiting(self, channel: str) -> int:
        """Return how many characters of a channel are held."""
        return self._open(channel).waiting

    def _open(self, name: str) -> _Channel:
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = _Channel(name, self._compiled, self._block)
        return channel


class _Channel:
    def __init__(self, name: str, compiled: Compiled, block: int) -> None:
        self._name = name
        self._block = block
        self._scanner = Scanner(compiled)
        self._unescape = Unescaper() if name.endswith("arguments") else None
        self._held = ""
        self._past = ""  # the end of what went out
        self._at = 0  # the place of the first held character
        self._looked = 0  # held characters that were looked at
        self._blocks: list[int] = []  # where each block begins
        self._leak: Leak | None = None
        self._oldest: int | None = None  # the block in which a match began that goes on

    @property
    def waiting(self) -> int:
        return len(self._held)

    def feed(self, text: str) -> Released:
        if self._leak is not None:
            return Released("", self._leak)
        self._held += text
        while self._leak is None and len(self._held) - self._looked >= self._block:
            self._look(self._block)
        return self._release(self._blocks[-1] if self._blocks else 0)

    def pause(self) -> Released:
        if self._leak is None:
            self._look(len(self._held) - self._looked)
        return self._release(self._at + len(self._held))

    def end(self) -> Released:
        if self._leak is None:
            self._look(len(self._held) - self._looked)
        if self._leak is None:
            text = self._unescape.end() if self._unescape is not None else ""
            block = len(self._blocks) - 1
            found = self._scanner.feed(text, block) or self._scanner.end(block)
            if found is not None:
                self._note(found.form, found.path, found.block)
        if self._leak is not None:
            return self._release(self._at)
        text, self._held, self._looked = self._held, "", 0
        self._at += len(text)
        return Released(text)

    def _look(self, size: int) -> None:
        text = self._held[self._looked : self._looked + size]
        self._blocks.append(self._at + self._looked)
        self._looked += size
        block = len(self._blocks) - 1
        found = self._scanner.feed(text if self._unescape is None else self._unescape.feed(text), block)
        if found is not None:
            self._note(found.form, found.path, found.block)
            return
        oldest = self._oldest = self._scanner.oldest()
        if oldest is not None and self._at + self._looked - self._blocks[oldest] > MOST_HELD:
            current = self._scanner.current()
            if current is not None:
                self._note(current.form, current.path, oldest, held=True)

    def _note(self, form: Form, path: tuple[str, ...], block: int, *, held: bool = False) -> None:
        start, end = self._blocks[max(0, block)], self._at + self._looked
        past = self._past[len(self._past) - max(0, self._at - start) :]
        said = past + self._held[max(0, start - self._at) : self._looked]
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        self._leak = Leak(self._name, form.kind, path, start, end, digest, held)

    def _release(self, most: int) -> Released:
        """Release the text up to there, but nothing of a leak or of a match that goes on."""
        if self._leak is not None:
            most = min(most, self._leak.start)
        elif self._oldest is not None:
            most = min(most, self._blocks[self._oldest])
        size = max(0, most - self._at)
        if not size:
            return _NOTHING if self._leak is None else Released("", self._leak)
        text, self._held = self._held[:size], self._held[size:]
        self._past = (self._past + text)[-_REMEMBERED:]
        self._at += size
        self._looked -= size
        return Released(text, self._leak)
