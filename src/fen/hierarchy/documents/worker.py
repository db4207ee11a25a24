"""A worker: a process that reads files without network, within limits of memory and time.

`python -m fen.hierarchy.documents.worker`; it ends with its standard input, or with whoever started it.
"""

from __future__ import annotations

import importlib
import os
import resource
import socket
import sys
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from fen.hierarchy.confinement import die_with, enter_empty_network, hold
from fen.hierarchy.documents.files import read_file
from fen.hierarchy.documents.images import Recogniser, open_recogniser
from fen.hierarchy.documents.limits import Limits
from fen.hierarchy.documents.pdf.door import load_pdfium
from fen.hierarchy.documents.protocol import HEAD_BYTES, Isolation, Ready, Reply, frame_head
from fen.wire.errors import InvalidRequest

_NICENESS = 10


def main() -> None:
    """Shut the process in, get ready, and answer until the input ends."""
    parent = os.getppid()
    isolation = leave_network()
    die_with(parent)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    limits = msgspec.msgpack.decode(_receive(source) or b"", type=Limits)
    recogniser = _load()
    restrict(limits, _address_space() if recogniser is not None else 0)
    _send(sink, Ready(isolation))
    while (data := _receive(source)) is not None:
        _allow_seconds(limits.seconds)
        _send(sink, answer(data, limits, recogniser))


def answer(data: bytes, limits: Limits, recogniser: Recogniser | None = None) -> Reply:
    """Return the reading of a file, or why there is none."""
    try:
        return Reply(read_file(data, limits, recogniser))
    except InvalidRequest as error:
        return Reply(refused=error.message, code=error.code)
    except MemoryError:
        memory = limits.memory // 2**20
        message = f"unreadable file: found that it needs over {memory} MB, expected at most that"
        return Reply(refused=message, code="file_too_large")
    except RecursionError:
        return Reply(refused="unreadable file: found it nested too deep", code="file_too_large")
    except Exception as error:  # noqa: BLE001 (a hostile file may raise what it likes, and others wait)
        message = (
            f"unreadable file: found that its reader failed ({type(error).__name__}), expected a sound file"
        )
        return Reply(refused=message, code="unreadable_file")


def leave_network() -> Isolation:
    """Move to a network namespace that has none; where the kernel refuses, let no socket be made."""
    if enter_empty_network():
        return "network namespace"

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError("a worker has no network")

    for name in ("socket", "create_connection", "socketpair", "fromfd"):
        setattr(socket, name, refuse)
    return "no sockets"


def restrict(limits: Limits, loaded: int) -> None:
    """Hold the process to its memory, to its files, and behind the requests that answer people.

    loaded: bytes of address space that come on top; recognition maps over half a gigabyte before it reads.
    """
    os.nice(_NICENESS)
    hold(
        {
            resource.RLIMIT_AS: limits.memory + loaded,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: 32,
        }
    )


def _load() -> Recogniser | None:
    """Import what reading needs now, for the first file should not wait for it."""
    for heavy in ("lxml.etree", "numpy"):
        importlib.import_module(heavy)
    load_pdfium()
    return open_recogniser()


def _address_space() -> int:
    pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    return int(pages) * resource.getpagesize()


def _allow_seconds(seconds: float) -> None:
    """Let the process have that much more of CPU time, rounded up, before the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _receive(source: BinaryIO) -> bytes | None:
    head = source.read(HEAD_BYTES)
    return source.read(int.from_bytes(head, "big")) if len(head) == HEAD_BYTES else None


def _send(sink: BinaryIO, message: Ready | Reply) -> None:
    content = msgspec.msgpack.encode(message)
    sink.write(frame_head(len(content)))
    sink.write(content)
    sink.flush()


if __name__ == "__main__":
    main()
