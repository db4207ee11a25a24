"""Which files a program may read: Landlock, where the kernel has it (Linux 5.13 and later).

Numbers and bits: landlock(7), `<linux/landlock.h>`. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the calls' numbers, the same on every machine
_WHICH_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights over files a version knows; 16 from the fifth on
_NEWEST_RIGHTS = 16
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_NETWORK = 0b11  # bind and connect over TCP, from the fourth version on
_SCOPES = 0b11  # abstract sockets and signals, from the sixth version on


def restrict_reading(roots: Iterable[str]) -> bool:
    """Let this process read below some paths, and touch no other file; tells whether the kernel knows how.

    What cannot be opened is left out. `die_with` has given up privileges before.
    """
    library = ctypes.CDLL(None, use_errno=True)
    version = library.syscall(_CREATE, None, ctypes.c_size_t(0), _WHICH_VERSION)
    if version < 1:
        return False
    handled = [(1 << _RIGHTS.get(version, _NEWEST_RIGHTS)) - 1]
    handled += [_NETWORK] if version >= 4 else []
    handled += [_SCOPES] if version >= 6 else []
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    ruleset = library.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    for root in roots:
        _allow_reading(library, ruleset, root)
    restricted = library.syscall(_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return restricted


def _allow_reading(library: ctypes.CDLL, ruleset: int, root: str) -> None:
    try:
        opened = os.open(root, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = _READ_FILE | _READ_FOLDER if os.path.isdir(root) else _READ_FILE  # noqa: PTH112 (pathlib is slow)
    library.syscall(_ADD, ruleset, _BENEATH, struct.pack("=Qi", rights, opened), 0)
    os.close(opened)
