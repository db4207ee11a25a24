"""Archives unpacked within limits: members, bytes, expansion, and archives within archives."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.wire.errors import InvalidRequest

ZIP = b"PK\x03\x04"
_SMALL = 1_000_000  # bytes below which a member may expand as it likes: XML of one long table does
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


def unpack(data: bytes, what: str, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Return the members of an archive by name; raises InvalidRequest.

    what: the kind of the file, as an error calls it.
    """
    return _Unpacking(what, limits).unpack(data, 1)


class _Unpacking:
    """One file's unpacking: what is unpacked counts over all archives in it."""

    def __init__(self, what: str, limits: Limits) -> None:
        self._what = what
        self._limits = limits
        self._unpacked = 0

    def unpack(self, data: bytes, depth: int) -> dict[str, bytes]:
        if depth > self._limits.nesting:
            raise self._refuse(f"archives nested {depth} deep", f"at most {self._limits.nesting}")
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                members = archive.infolist()
                self._check(members, len(data))
                return {one.filename: self._read(archive, one, depth) for one in members if not one.is_dir()}
        except _FAULTS as error:
            raise self._refuse(f"a damaged archive ({error})", "a whole one", "unreadable_file") from None

    def _check(self, members: list[zipfile.ZipInfo], packed: int) -> None:
        limits = self._limits
        if len(members) > limits.members:
            raise self._refuse(f"an archive of {len(members)} members", f"at most {limits.members}")
        if len({one.filename for one in members}) < len(members):
            raise self._refuse("two members of one name", "names that differ", "unreadable_file")
        if any(one.flag_bits & 1 for one in members):
            raise self._refuse("an encrypted archive", "an open one", "unreadable_file")
        whole = sum(one.file_size for one in members)
        self._weigh(whole, packed)
        for one in members:
            if one.file_size > _SMALL:
                self._weigh(one.file_size, one.compress_size)

    def _weigh(self, unpacked: int, packed: int) -> None:
        ratio = unpacked // max(1, packed)
        if ratio > self._limits.expansion:
            raise self._refuse(f"it expands {ratio}:1", f"at most {self._limits.expansion}:1")

    def _read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, depth: int) -> bytes:
        with archive.open(member) as stream:  # the size that the archive tells may be a lie
            content = stream.read(member.file_size + 1)
        self._unpacked += len(content)
        if len(content) > member.file_size:
            raise self._refuse("a member that is larger than it says", "its size", "unreadable_file")
        if self._unpacked > self._limits.unpacked:
            raise self._refuse(f"over {self._limits.unpacked} bytes unpacked", "at most that")
        if content.startswith(ZIP):
            self.unpack(content, depth + 1)
        return content

    def _refuse(self, found: str, expected: str, code: str = "file_too_large") -> InvalidRequest:
        return InvalidRequest(f"unreadable {self._what}: found {found}, expected {expected}", code=code)
