"""A filter of system calls, assembled by hand: what a program may ask of the kernel, and what ends it.

Classic BPF over `struct seccomp_data`, as in seccomp(2) and `<linux/bpf_common.h>`: 32-bit words, the call's
number at 0, the machine at 4, the lower half of argument n at 16 + 8n. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

from fen.evals.sandbox.calls import ALLOWED, KILLED, RULED

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000  # SECCOMP_RET_... of <linux/seccomp.h>
_EPERM, _ENOSYS = 1, 38
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # AUDIT_ARCH_... of <linux/audit.h>
_X32 = 0x40000000  # calls of x86-64's other ABI have numbers from here on
_SET_SECCOMP, _MODE_FILTER = 22, 2  # PR_SET_SECCOMP and SECCOMP_MODE_FILTER

_CHANGES = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, __O_TMPFILE
_IOCTLS = (0x5401, 0x5413, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX: what opening a file asks
_FCNTLS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC; none that sends signals

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, constant."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def is_known(machine: str) -> bool:
    """Whether there is a filter for a machine, by the name that uname(2) gives it."""
    return machine in _MACHINES


def assemble(machine: str, pid: int) -> bytes:
    """Return the filter for a process of a machine, as an array of `struct sock_filter`."""
    column, arch = _MACHINES[machine]
    code: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if machine == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    bodies = {name: [(_RETURN, 0, 0, _ALLOW)] for name in ALLOWED}
    bodies |= _rule(pid)
    numbers = ALLOWED | RULED
    for killed in KILLED.values():
        bodies |= {name: [(_RETURN, 0, 0, _KILL)] for name in killed}
        numbers |= killed
    for name, body in bodies.items():
        if (number := numbers[name][column]) >= 0:
            code += [(_EQUAL, 0, len(body), number), *body]
    code.append((_RETURN, 0, 0, _ERRNO | _ENOSYS))
    return b"".join(struct.pack("=HBBI", *one) for one in code)


def _rule(pid: int) -> dict[str, list[Instruction]]:
    """Return what decides over each call by its arguments; `assemble` tests its number before."""
    signals = _allow_one_of(0, (pid,), _KILL)  # abort() sends one to the process itself
    return {
        "open": _kill_any_of(1, _CHANGES),
        "openat": _kill_any_of(2, _CHANGES),
        "ioctl": _allow_one_of(1, _IOCTLS, _ERRNO | _EPERM),
        "fcntl": _allow_one_of(1, _FCNTLS, _ERRNO | _EPERM),
        "kill": signals,
        "tgkill": signals,
        "prlimit64": _allow_reading_limits(),
    }


def _kill_any_of(argument: int, bits: int) -> list[Instruction]:
    return [
        (_LOAD, 0, 0, 16 + 8 * argument),
        (_ANY_OF, 0, 1, bits),
        (_RETURN, 0, 0, _KILL),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _allow_one_of(argument: int, values: tuple[int, ...], otherwise: int) -> list[Instruction]:
    body: list[Instruction] = [(_LOAD, 0, 0, 16 + 8 * argument)]
    for value in values:
        body += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*body, (_RETURN, 0, 0, otherwise)]


def _allow_reading_limits() -> list[Instruction]:
    """Allow `prlimit64` where the address of new limits, both halves of argument 2, is null."""
    return [
        (_LOAD, 0, 0, 32),
        (_EQUAL, 0, 3, 0),
        (_LOAD, 0, 0, 36),
        (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]


def install() -> None:
    """Put the filter over this process for good; call `die_with` before. Raises OSError."""
    code = assemble(platform.machine(), os.getpid())
    array = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(array))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")
