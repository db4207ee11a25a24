"""Who holds: one running process, known to be alive by a lock that the kernel drops with it."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

KEEPER = "keep_"
"""How the holder of a hold begins that outlasts processes: work that is kept in the database.

No death makes an orphan of such a hold, and no recovery settles it: whoever takes that work over does.
"""

_FOLDER = "replicas"


class Replica:
    """This process's claim on its holds.

    The claim is an flock(2) on `FEN_HOME/replicas/ID`. The kernel lets go of it when the process ends, by
    SIGKILL too, so whoever starts next in that FEN_HOME knows at once, without waiting for a lease, that the
    holds of this ID are orphans: it gets the lock. An ID is random and never used twice, so a new process is
    never taken for the old one. What a process starts by fork *and exec* does not inherit the lock (Python
    opens files close-on-exec); FEN_HOME has to be on a local disk, as SQLite's log demands too.

    Processes elsewhere (one PostgreSQL, several machines) cannot see the lock; fen.ledger.recovery has the
    lease for them.
    """

    def __init__(self, folder: Path, replica_id: str, descriptor: int) -> None:
        self.id = replica_id
        self.folder = folder
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Give the claim up and remove its file; may be called twice."""
        if self._descriptor is not None:
            (self.folder / self.id).unlink(missing_ok=True)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the claim and leave its file: whoever looks next finds an orphan. May be called twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def claim_replica(home: Path) -> Replica:
    """Claim a new replica ID in a FEN_HOME; raises OSError where it cannot be written."""
    folder = home / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        replica_id = "rep_" + secrets.token_hex(8)
        descriptor = os.open(folder / replica_id, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return Replica(folder, replica_id, descriptor)
        os.close(descriptor)  # a recovery found the file before the lock was on it


def seize_replica(folder: Path, replica_id: str) -> Replica | None:
    """Take over the claim of a replica that is gone; None while it lives, or where it was never claimed here.

    Whoever seizes it settles its holds and releases it.
    """
    try:
        descriptor = os.open(folder / replica_id, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Replica(folder, replica_id, descriptor)


def is_claimed_here(folder: Path, replica_id: str) -> bool:
    """Whether a replica's file is in this FEN_HOME, so that its lock tells whether it lives."""
    return Path(replica_id).name == replica_id and (folder / replica_id).is_file()


def list_claims(folder: Path) -> list[str]:
    """Return the IDs that were claimed in this FEN_HOME and not released."""
    return sorted(path.name for path in folder.glob("rep_*"))
