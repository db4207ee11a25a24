"""Reads members of Inspect's `.eval` files: zip archives, whose members newer versions pack with Zstandard.

zipfile knows that method (93) from Python 3.14 on; before, the library `zstandard` unpacks it, which the
extra `inspect` brings.
"""

from __future__ import annotations

import importlib
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

from fen.wire.errors import ConfigError

MOST = 1 << 30
"""Bytes that a member may have unpacked: a log is a file of others."""

_ZSTANDARD = 93  # APPNOTE.TXT 6.3.8, 4.4.5
_LOCAL_HEADER = struct.Struct("<26xHH")  # the same, 4.3.7: lengths of the name and of the extra field


class Archive:
    """An `.eval` file, open for reading; raises ConfigError for what is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise ConfigError(f"{path}: found {error}, expected a log of Inspect's (.eval)") from None
        self.names = self._zip.namelist()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def read(self, name: str) -> bytes:
        """Return a member's bytes; raises ConfigError for one that cannot be read."""
        info = self._zip.getinfo(name)
        if info.file_size > MOST:
            raise ConfigError(f"{self.path}: found {info.file_size} bytes in {name}, expected at most {MOST}")
        try:
            if info.compress_type != _ZSTANDARD:
                return self._zip.read(info)
            return self._unpack(info)
        except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError) as error:
            raise ConfigError(f"{self.path}: found {name} broken: {error}") from None

    def _unpack(self, info: zipfile.ZipInfo) -> bytes:
        with self.path.open("rb") as opened:
            opened.seek(info.header_offset)
            name, extra = _LOCAL_HEADER.unpack(opened.read(_LOCAL_HEADER.size))
            opened.seek(name + extra, 1)
            packed = opened.read(info.compress_size)
        data = _unpack_zstandard(packed, info.file_size)
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            raise zipfile.BadZipFile("its checksum is another")
        return data


def _unpack_zstandard(packed: bytes, size: int) -> bytes:
    """Unpack all frames, Inspect writes several into a large member, but no more than was announced."""
    try:
        library: Any = importlib.import_module("zstandard")
    except ImportError:
        message = (
            "found a log packed with Zstandard, expected Fen's extra `inspect`: pip install 'fen[inspect]'"
        )
        raise ConfigError(message) from None
    reader = library.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    try:
        return bytes(reader.read(size + 1))
    except library.ZstdError as error:
        raise zipfile.BadZipFile(str(error)) from None
