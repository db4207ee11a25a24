"""What shuts a child process in before it touches what nobody trusts; standard library only, Linux.

Used by the reader of files and by the sandbox of programs. Calls as in unshare(2), prctl(2), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # CLONE_NEWNET and CLONE_NEWUSER of <sched.h>
_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38  # PR_SET_PDEATHSIG and PR_SET_NO_NEW_PRIVS of <linux/prctl.h>


def enter_empty_network() -> bool:
    """Move to a network namespace that has no network; tells whether the kernel let us."""
    library = ctypes.CDLL(None, use_errno=True)
    return library.unshare(_NEW_USER | _NEW_NETWORK) == 0 or library.unshare(_NEW_NETWORK) == 0


def die_with(parent: int) -> None:
    """End when the parent does, and gain no privilege; call it after a change of user or namespace."""
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def hold(limits: Mapping[int, int]) -> None:
    """Set resource limits, soft and hard alike, for good; keys are `resource.RLIMIT_...`."""
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
