"""One child for all workers of a server: whoever needs it first owns it, the others find it here.

In a folder of FEN_HOME are, for each child: a lock whose holder owns the child, a file that says where it
answers and with which key, and a lock that everybody shares who uses another's. The kernel lets go of a
killed owner's lock, and the child ends with it, so that the next who needs one starts it anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fen.wire.errors import UpstreamFailed

_LOOK_SECONDS = 0.05
_PATIENCE = 2.0


class Place(msgspec.Struct, frozen=True):
    """Where a child answers, and the key that it expects."""

    address: str
    key: str


class Commons:
    """What workers know of one child.

    folder, name: name tells children of different settings apart. linger: seconds that an owner who ends
    waits for the others' calls.
    """

    def __init__(self, folder: Path, name: str, linger: float) -> None:
        self._folder = folder
        self._place = folder / f"{name}.json"
        self._owner = _Lock(folder / f"{name}.owner")
        self._users = _Lock(folder / f"{name}.users")
        self._linger = linger

    async def find(self, patience: float) -> Place | None:
        """Return where another's child answers, once it does; None makes the caller the owner.

        Raises UpstreamFailed when neither comes within `patience` seconds.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not self._owner.take(fcntl.LOCK_EX):
                    place = self._read()
                    if place is not None and await answers(place) and self._users.take(fcntl.LOCK_SH):
                        return place
                    await asyncio.sleep(_LOOK_SECONDS)
                self._place.unlink(missing_ok=True)  # of an owner that was killed
                return None
        message = f"the embedded model, which another worker starts, was not ready within {patience:g} s"
        raise UpstreamFailed(message, reached=False, code="embedded_not_started")

    def tell(self, place: Place) -> None:
        """Let the others find the child; its key is readable for this user alone."""
        fresh = self._place.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(place))
        fresh.replace(self._place)

    async def retract(self) -> None:
        """Send nobody else to the child, and wait for those that use it, before it is ended."""
        if not self._owner.taken:
            return
        self._place.unlink(missing_ok=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._linger):
                while not self._users.take(fcntl.LOCK_EX):  # noqa: ASYNC110 (another process lets go of it)
                    await asyncio.sleep(_LOOK_SECONDS)

    def leave(self) -> None:
        """Give up what this worker has of the child, as its owner or as one of the others."""
        self._users.release()
        self._owner.release()

    def _read(self) -> Place | None:
        try:
            return msgspec.json.decode(self._place.read_bytes(), type=Place)
        except FileNotFoundError:
            return None


class _Lock:
    """An flock(2) that the kernel drops with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def taken(self) -> bool:
        return self._descriptor is not None

    def take(self, kind: int) -> bool:
        """Take it or leave it; tells which."""
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self.release()
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


async def answers(place: Place) -> bool:
    """Whether somebody listens there: the file of a killed owner names an address where nobody does."""
    address = urlsplit(place.address)
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
