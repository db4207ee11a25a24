"""The filter of system calls, run by an interpreter of BPF that is written here; for both machines."""

import os
import re
import struct
from pathlib import Path

import pytest

from fen.evals.sandbox.calls import ALLOWED, KILLED, RULED
from fen.evals.sandbox.seccomp import assemble, is_known

PID = 4711
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
KILL, ALLOW, NO_CALL, NOT_PERMITTED = 0x80000000, 0x7FFF0000, 0x50000 | 38, 0x50000 | 1


def decide(code: bytes, number: int, arch: int, *args: int) -> int:
    """What the kernel would do with a call: BPF's load, jumps and return."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *(args + (0,) * 6)[:6])
    program = list(struct.iter_unpack("=HBBI", code))
    at = accumulator = 0
    while True:
        operation, on_true, on_false, constant = program[at]
        at += 1
        if operation == 0x06:
            return constant
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, constant)
            continue
        holds = {
            0x15: accumulator == constant,
            0x35: accumulator >= constant,
            0x45: bool(accumulator & constant),
        }[operation]
        at += on_true if holds else on_false


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    return request.param


def ask(machine: str, name: str, *args: int) -> int:
    column, arch = MACHINES[machine]
    numbers = ALLOWED | RULED | {key: value for kind in KILLED.values() for key, value in kind.items()}
    return decide(assemble(machine, PID), numbers[name][column], arch, *args)


def test_every_call_of_a_table_is_decided_by_it(machine: str):
    column, arch = MACHINES[machine]
    code = assemble(machine, PID)
    for number in (pair[column] for pair in ALLOWED.values() if pair[column] >= 0):
        assert decide(code, number, arch) == ALLOW
    for kind in KILLED.values():
        for number in (pair[column] for pair in kind.values() if pair[column] >= 0):
            assert decide(code, number, arch) == KILL


def test_no_number_stands_in_two_tables(machine: str):
    column, _ = MACHINES[machine]
    tables = (ALLOWED, RULED, *KILLED.values())
    numbers = [pair[column] for table in tables for pair in table.values() if pair[column] >= 0]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        (os.O_RDONLY | os.O_CLOEXEC, ALLOW),
        (os.O_RDONLY | os.O_DIRECTORY, ALLOW),
        (os.O_WRONLY, KILL),
        (os.O_RDWR, KILL),
        (os.O_RDONLY | os.O_CREAT, KILL),
        (os.O_RDONLY | os.O_TRUNC, KILL),
        (os.O_TMPFILE, KILL),
        (os.O_WRONLY | os.O_APPEND, KILL),
    ],
)
def test_a_file_can_be_opened_for_reading_only(machine: str, flags: int, verdict: int):
    assert ask(machine, "openat", 3, 0, flags) == verdict
    if machine == "x86_64":
        assert ask(machine, "open", 0, flags) == verdict


def test_a_program_may_signal_itself_and_nobody_else(machine: str):
    for name in ("kill", "tgkill"):
        assert ask(machine, name, PID) == ALLOW
        for other in (1, 0, PID + 1, 2**64 - 1, 2**64 - PID):
            assert ask(machine, name, other) == KILL


def test_limits_can_be_read_and_not_set(machine: str):
    assert ask(machine, "prlimit64", 0, 7, 0) == ALLOW
    assert ask(machine, "prlimit64", 0, 7, 0x1000) == NOT_PERMITTED
    assert ask(machine, "prlimit64", 0, 7, 1 << 32) == NOT_PERMITTED


def test_a_descriptor_cannot_be_made_to_send_signals(machine: str):
    assert ask(machine, "fcntl", 1, 1) == ALLOW
    for command in (4, 8, 10, 15):  # F_SETFL, F_SETOWN, F_SETSIG, F_SETOWN_EX
        assert ask(machine, "fcntl", 1, command) == NOT_PERMITTED
    assert ask(machine, "ioctl", 0, 0x5412) == NOT_PERMITTED  # TIOCSTI types into a terminal


def test_what_no_table_knows_does_not_exist(machine: str):
    _, arch = MACHINES[machine]
    for number in (435, 437, 451, 600):  # clone3 and openat2 among them: their arguments cannot be looked at
        assert decide(assemble(machine, PID), number, arch) == NO_CALL


def test_calls_of_another_machine_end_the_program():
    code = assemble("x86_64", PID)
    assert decide(code, 1, 0x40000003) == KILL  # 32-bit calls
    assert decide(code, 1 | 0x40000000, 0xC000003E) == KILL  # x32


def test_two_machines_are_known():
    assert is_known("x86_64")
    assert is_known("aarch64")
    assert not is_known("riscv64")


HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


def test_the_numbers_are_those_of_the_kernels_headers(machine: str):
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip(f"no {header} here")
    pairs = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", header.read_text(), re.MULTILINE)
    known = {"newfstatat": 79} | {name: int(number) for name, number in pairs}  # arm64 calls it fstatat
    column, _ = MACHINES[machine]
    tables = (ALLOWED, RULED, *KILLED.values())
    ours = {name: pair[column] for table in tables for name, pair in table.items() if name in known}
    assert len(ours) > 100
    assert {name: number for name, number in ours.items() if number != known[name]} == {}
