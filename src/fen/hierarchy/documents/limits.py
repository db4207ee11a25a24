"""How much a file may be, have and take before it is refused."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """The bounds of one reading.

    pages: of a PDF. pixels: of an image, or of a PDF's page at one pixel a point. expansion: of an archive,
    as unpacked bytes for each packed one. nesting: archives within archives, the file itself being the first.
    members: of one archive. unpacked: bytes of all that is unpacked. seconds: of wall clock for one file.
    memory: bytes of a worker's address space. packed: bytes of the file.
    """

    pages: int = 200
    pixels: int = 50_000_000
    expansion: int = 100
    nesting: int = 2
    members: int = 5_000
    unpacked: int = 100_000_000
    packed: int = 100_000_000
    seconds: float = 5.0
    memory: int = 512 * 1024 * 1024


LIMITS = Limits()
"""Those of the issue; a tier may have others one day."""
