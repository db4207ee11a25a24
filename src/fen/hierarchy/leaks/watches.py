"""What waits for a code in a stream: cheap looks at all of it, tracks only where one may have begun."""

from __future__ import annotations

from binascii import a2b_base64
from collections import deque
from collections.abc import Callable

import msgspec

from fen.hierarchy.leaks.folding import ROT13_BYTES
from fen.hierarchy.leaks.tracks import BASE64, HEX, Code, Reader, Track, holds_text, reverse, turn

Make = Callable[[tuple[str, ...], int], Reader]
"""Makes the reader of what is decoded, by the transforms that were undone for it, and their number."""

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ALL = bytes(range(256))
_NO_CODE = _ALL.translate(None, _LETTERS + b"+/-_")
_URL = bytes.maketrans(b"-_", b"+/")
_APART = b"////"  # decodes to what is no text
_NO_LETTER = _ALL.translate(None, _LETTERS)
_LOWER = _ALL.lower()
_MOST_WAITING = 16  # zeros and x at the end, which may be parts of a `0x`
_IS_HEX = bytes(ord("h") if code in b"0123456789abcdefx" else 0 for code in range(256))
_IS_TURNED_HEX = bytes(ord("h") if code in b"0123456789nopqrsk" else 0 for code in range(256))


class _View(msgspec.Struct, frozen=True):
    """A way to read the kept characters: which of them count, and as what code."""

    prepare: Callable[[bytes], bytes]
    code: Code
    path: tuple[str, ...]


class _Watch:
    """The last kept characters, and the tracks that read them while there may be something."""

    def __init__(self, views: tuple[_View, ...], make: Make, least: int, reach: int, *, wide: bool) -> None:
        self._views = views
        self._make = make
        self._least = least
        self._reach = reach
        self._wide = wide
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._size = 0
        self._tracks: dict[int, Track] = {}

    @property
    def busy(self) -> bool:
        """Whether something is being decoded."""
        return bool(self._tracks)

    def readers(self) -> list[Reader]:
        """Return the readers of what is being decoded."""
        tracks = self._tracks
        return [reader for track in tracks.values() for reader in track.readers()] if tracks else []

    def _keep(self, piece: bytes, block: int) -> bytes:
        pieces = self._pieces
        pieces.append((piece, block))
        self._size += len(piece)
        wanted = self._reach + len(piece)
        while self._size - len(pieces[0][0]) >= wanted:
            self._size -= len(pieces.popleft()[0])
        return b"".join([kept for kept, _ in pieces])[-wanted:]

    def _read(self, piece: bytes, block: int, *, look: bool) -> object | None:
        if not look and not self._tracks:
            return None
        for number, view in enumerate(self._views):
            track = self._tracks.get(number)
            if track is not None:
                found = track.feed(view.prepare(piece), block, look=look)
            else:
                found = self._start(number, view)
            if found is not None:
                return found
        if not look and not any(track.busy for track in self._tracks.values()):
            self._tracks.clear()
        return None

    def _finish(self, piece: bytes, block: int) -> object | None:
        self._keep(piece, block)
        found = self._read(piece, block, look=True)
        for reader in self.readers():
            found = found or reader.end(block)
        return found

    def _start(self, number: int, view: _View) -> object | None:
        path = view.path
        track = Track(
            view.code, lambda: self._make(path, len(path)), self._least, 2 * self._reach, wide=self._wide
        )
        self._tracks[number] = track
        found: object | None = None
        last = len(self._pieces) - 1
        for at, (piece, block) in enumerate(self._pieces):
            found = track.feed(view.prepare(piece), block, look=at == last) or found
        return found


class Base64Watch(_Watch):
    """Base64 in both alphabets, at every alignment, whatever stands between its characters."""

    def __init__(self, make: Make, depth: int, least: int, *, wide: bool) -> None:
        codes = _codes(BASE64, depth)
        views = [_View(_bare, code, path) for code, path in codes]
        views += [_View(_standard, code, path) for code, path in codes]
        views += [_View(_url, code, path) for code, path in codes]
        # A group that the stream's beginning cuts is filled up.
        super().__init__(tuple(views), make, least, 96 if wide else least * 4 // 3 + 4, wide=wide)
        self._keep(b"AAAA", 0)
        self._deep = depth > 1
        self._text = b"a" * least

    def feed(self, data: bytes, block: int) -> object | None:
        """Take the ASCII of the next text; returns a leak."""
        piece = data.translate(None, _NO_CODE)
        if not piece and not self._tracks:
            return None
        window = self._keep(piece, block)
        bare = window.translate(None, b"+/-_")
        look = self._looks(bare)
        if not look and len(bare) != len(window):
            look = any(self._looks(other) for other in {_standard(window), _url(window)} - {bare})
        return self._read(piece, block, look=look)

    def end(self, block: int) -> object | None:
        """Read the last characters, of which a group may be missing some."""
        return self._finish(b"AAAA", block)

    def _looks(self, window: bytes) -> bool:
        """Whether there is text in it, at any alignment."""
        size = len(window)
        joined = _APART.join(
            (
                window[: size & ~3],
                window[1 : 1 + (size - 1 & ~3)],
                window[2 : 2 + (size - 2 & ~3)],
                window[3 : 3 + (size - 3 & ~3)],
            )
        )
        if self._deep:
            joined = _APART.join((joined, joined.translate(ROT13_BYTES), joined[::-1]))
        return holds_text(a2b_base64(joined), self._text, wide=self._wide)


class HexWatch(_Watch):
    r"""Hex digits, with `0x`, `\x`, `%` or anything else between them."""

    def __init__(self, make: Make, depth: int, least: int, *, wide: bool) -> None:
        views: list[_View] = []
        for code, path in _codes(HEX, depth):
            x, zero = (b"k", b"0k") if "rot13" in path else (b"x", b"x0" if code.backwards else b"0x")
            views.append(_View(_without(x), code, path))
            views.append(_View(_without(x, zero), code, path))
        super().__init__(tuple(views), make, least, max(144 if wide else 0, least * 5), wide=wide)
        self._digits = b"h" * (2 * least)
        self._deep = depth > 1
        self._waits = b""

    def feed(self, data: bytes, block: int) -> object | None:
        """Take the ASCII of the next text; returns a leak."""
        piece = self._waits + data.translate(_LOWER, _NO_LETTER)
        if not piece and not self._tracks:
            return None
        self._waits = piece[len(piece.rstrip(b"0xk")) :][-_MOST_WAITING:]
        piece = piece[: len(piece) - len(self._waits)]
        window = self._keep(piece, block)
        look = self._digits in window.translate(_IS_HEX)
        if self._deep and not look:
            look = self._digits in window.translate(_IS_TURNED_HEX)
        return self._read(piece, block, look=look)

    def end(self, block: int) -> object | None:
        """Read the last digits."""
        return self._finish(self._waits, block)


def _codes(code: Code, depth: int) -> list[tuple[Code, tuple[str, ...]]]:
    """Return a code, and the same behind another transform where the depth allows for it."""
    codes = [(code, (code.name,))]
    if depth > 1:
        codes += [(turn(code), ("rot13", code.name)), (reverse(code), ("reversed", code.name))]
    return codes


def _bare(piece: bytes) -> bytes:
    return piece.translate(None, b"+/-_")


def _standard(piece: bytes) -> bytes:
    return piece.translate(None, b"-_")


def _url(piece: bytes) -> bytes:
    return piece.translate(_URL, b"+/")


def _without(x: bytes, zero: bytes | None = None) -> Callable[[bytes], bytes]:
    def prepare(piece: bytes) -> bytes:
        return (piece if zero is None else piece.replace(zero, b"")).translate(None, x)

    return prepare
