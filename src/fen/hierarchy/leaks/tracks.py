"""Base64 and hex in a stream of text: where a stretch of it decodes to text, that is read on its own."""

from __future__ import annotations

import re
from binascii import a2b_base64, unhexlify
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Protocol

import msgspec

from fen.hierarchy.leaks.folding import ROT13_BYTES

_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xc0\xc1\xf5-\xff]")
_HEX = b"0123456789abcdef"
_DIGITS_ONLY = bytes(code if code in _HEX else ord("0") for code in range(256))
_NO_DIGIT = bytes(ord("0") if code in _HEX else ord("f") for code in range(256))
_ALL_OF_IT = b"\0" + b"\xff" * 255
_PRINTED = frozenset((9, 10, 13, *range(0x20, 0x7F)))
_IS_TEXT = bytes(ord("a") if code in _PRINTED else 0 for code in range(256))
# UTF-8 of scripts other than Latin: the first byte of two, of three, and those that follow.
_KINDS = bytes(
    ord("2" if 0xC3 <= code < 0xE0 else "3" if 0xE2 <= code < 0xF0 else "+" if 0x80 <= code < 0xC0 else " ")
    for code in range(256)
)
_ASCII = bytes(sorted(_PRINTED))
_OTHERS = (b"3++3++3++", b"2+2+2+2+")
_OTHER = rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe2-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
_OTHER_BACKWARDS = rb"(?:[\x80-\xbf][\xc2-\xdf]|[\x80-\xbf]{2}[\xe2-\xef]|[\x80-\xbf]{3}[\xf0-\xf4])"
# What may stand between two letters: zero-width characters, dashes, dots and bullets, the soft hyphen, the
# space that does not break.
_BETWEEN = rb"(?:\xe2(?:\x80[\x80-\xbf]|\x81\xa0)|\xef\xbb\xbf|\xc2[\xa0\xad\xb7])"
_BETWEEN_BACKWARDS = rb"(?:(?:[\x80-\xbf]\x80|\xa0\x81)\xe2|\xbf\xbb\xef|[\xa0\xad\xb7]\xc2)"
_ignoring_utf8 = getincrementaldecoder("utf-8")


def holds_text(data: bytes, least: bytes, *, wide: bool, backwards: bool = False) -> bool:
    """Whether it may have as many characters of text, one behind the other, as `least` has.

    Text is printed ASCII. What may stand between two letters in UTF-8 counts for it (zero-width characters,
    dashes, dots and bullets, the soft hyphen, the space that does not break), and with `wide` any UTF-8 does.
    """
    return least in data.translate(_IS_TEXT) or holds_other(data, wide=wide, backwards=backwards)


def holds_other(data: bytes, *, wide: bool, backwards: bool = False) -> bool:
    """Whether it may have text in UTF-8, or ASCII with UTF-8 between its letters."""
    if backwards:
        data = data[::-1]
    if (
        b"\xe2\x80" in data
        or b"\xc2\xa0" in data
        or b"\xc2\xad" in data
        or b"\xc2\xb7" in data
        or b"\xe2\x81\xa0" in data
        or b"\xef\xbb\xbf" in data
    ):
        return True
    if not wide:
        return False
    kinds = data.translate(_KINDS, _ASCII)
    return any(other in kinds for other in _OTHERS)


class Reader(Protocol):
    """Reads the text that a stretch decodes to."""

    def feed(self, text: str, block: int) -> object | None:
        """Take the next text; returns a leak."""
        ...

    def end(self, block: int) -> object | None:
        """Read what waits; returns a leak."""
        ...

    def oldest(self) -> int | None:
        """Return the block in which what it follows began."""
        ...


class Code(msgspec.Struct, frozen=True):
    """A way in which text may be written. decode takes whole groups; backwards: the stream runs backwards."""

    name: str
    group: int
    decode: Callable[[bytes], bytes]
    backwards: bool = False


def _from_hex(data: bytes) -> bytes:
    """Decode pairs of digits; one that is none becomes 0xff, which is no text."""
    try:
        return bytes.fromhex(data.decode())
    except ValueError:
        known = unhexlify(data.translate(_DIGITS_ONLY))
        wrong = unhexlify(data.translate(_NO_DIGIT)).translate(_ALL_OF_IT)
        return (int.from_bytes(known) | int.from_bytes(wrong)).to_bytes(len(known))


BASE64 = Code("base64", 4, a2b_base64)
HEX = Code("hex", 2, _from_hex)


def turn(code: Code) -> Code:
    """Return the code behind ROT13."""
    return Code(code.name, code.group, lambda data: code.decode(data.translate(ROT13_BYTES)))


def reverse(code: Code) -> Code:
    """Return the code in a stream that runs backwards; what it decodes to runs backwards too."""
    return Code(code.name, code.group, lambda data: code.decode(data[::-1])[::-1], backwards=True)


class _Run:
    """A stretch that decodes to text, and its reader."""

    __slots__ = ("_backwards", "_decode", "_late", "at", "reader")

    def __init__(self, at: int, reader: Reader, *, backwards: bool) -> None:
        self.at = at  # the next character of the track that it wants
        self.reader = reader
        self._backwards = backwards
        self._decode = _ignoring_utf8("ignore").decode
        self._late = b""  # the end of a character that comes first in a stream that runs backwards

    def read(self, data: bytes) -> str:
        return self._read_backwards(data) if self._backwards else self._decode(data)

    def _read_backwards(self, data: bytes) -> str:
        if not self._late and data.isascii():
            return data.decode()
        said: list[str] = []
        for code in data:
            if 0x80 <= code < 0xC0:
                self._late = bytes([code]) + self._late[:2]
                continue
            said.append((bytes([code]) + self._late).decode("utf-8", "ignore"))
            self._late = b""
        return "".join(said)


class Track:
    """One stream of a code's characters, read at every alignment; used by one scanner alone.

    least: characters of text that begin a stretch. reach: characters of the stream in which they stand.
    """

    def __init__(self, code: Code, make: Callable[[], Reader], least: int, reach: int, *, wide: bool) -> None:
        self._code = code
        self._make = make
        self._reach = reach
        self._least = b"a" * least
        self._wide = wide
        other = _OTHER_BACKWARDS if code.backwards else _OTHER
        self._ascii = re.compile(rb"[\t\n\r -~]{%d}" % least)
        between = _BETWEEN_BACKWARDS if code.backwards else _BETWEEN
        self._parted = re.compile(rb"[\t\n\r -~]{0,16}" + between)
        self._other = re.compile(rb"[\t\n\r -~]{0,16}(?:%s[\t\n\r -~]{0,16}){3}" % other)
        self._tail = b""
        self._start = 0  # the place of the tail's first character
        self._marks: list[tuple[int, int]] = []
        self._runs: dict[int, _Run] = {}

    @property
    def busy(self) -> bool:
        """Whether a stretch goes on."""
        return bool(self._runs)

    def feed(self, chars: bytes, block: int, *, look: bool) -> object | None:
        """Take the next characters; `look` for a stretch that begins. Returns a leak."""
        if not chars:
            return self._go_on(self._tail, block)
        self._marks.append((self._start + len(self._tail), block))
        window = self._tail + chars
        found = self._go_on(window, block) if self._runs else None
        if look and found is None:
            found = self._look(window, block)
        self._tail = window[-self._reach :]
        self._start += len(window) - len(self._tail)
        while len(self._marks) > 1 and self._marks[1][0] <= self._start:
            del self._marks[0]
        return found

    def readers(self) -> list[Reader]:
        """Return the readers of the stretches that go on."""
        return [run.reader for run in self._runs.values()]

    def _go_on(self, window: bytes, block: int) -> object | None:
        for alignment, run in list(self._runs.items()):
            data = window[run.at - self._start :]
            whole = len(data) - len(data) % self._code.group
            run.at += whole
            decoded = self._code.decode(data[:whole])
            broken = _NO_TEXT.search(decoded)
            if broken is not None:
                decoded = decoded[: broken.start()]
                del self._runs[alignment]
            found = run.reader.feed(run.read(decoded), block)
            if broken is not None:
                found = found or run.reader.end(block)
            if found is not None:
                return found
        return None

    def _look(self, window: bytes, block: int) -> object | None:
        group = self._code.group
        for shift in range(group):
            if (self._start + shift) % group in self._runs:
                continue
            whole = (len(window) - shift) // group * group
            decoded = self._code.decode(window[shift : shift + whole])
            starts = self._find_starts(decoded)
            found = self._try(decoded, starts, self._start + shift, block) if starts else None
            if found is not None:
                return found
        return None

    def _find_starts(self, decoded: bytes) -> list[int]:
        """Return where stretches of text may begin."""
        starts: list[int] = []
        if self._least in decoded.translate(_IS_TEXT):
            starts += [begun.start() for begun in self._ascii.finditer(decoded)]
        if holds_other(decoded, wide=self._wide, backwards=self._code.backwards):
            starts += [begun.start() for begun in self._parted.finditer(decoded)]
            starts += [begun.start() for begun in self._other.finditer(decoded)]
        return sorted(starts)

    def _try(self, decoded: bytes, starts: list[int], place: int, block: int) -> object | None:
        """Read the stretches of what was decoded from that place on; the one that goes on is kept."""
        stop = 0
        for start in starts:
            if start < stop:  # of the stretch before
                continue
            broken = _NO_TEXT.search(decoded, start)
            stop = len(decoded) if broken is None else broken.start()
            run = _Run(place + self._width(len(decoded)), self._make(), backwards=self._code.backwards)
            found = run.reader.feed(run.read(decoded[start:stop]), self._block_of(place + self._width(start)))
            if broken is not None:
                found = found or run.reader.end(block)
            if found is not None:
                return found
            if broken is None:
                self._runs[place % self._code.group] = run
                break
        return None

    def _width(self, size: int) -> int:
        """Return how many characters of the stream so many bytes take."""
        return size * 4 // 3 if self._code.group == 4 else size * 2

    def _block_of(self, place: int) -> int:
        block = self._marks[0][1]
        for at, other in self._marks:
            if at > place:
                break
            block = other
        return block
