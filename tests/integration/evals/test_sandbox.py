"""Programs that want out: each is stopped, and what it was after is named; with the filter only, too."""

import asyncio
import os
import platform
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fen.evals.sandbox import Limits, ProcessSandbox, Ran, process
from fen.wire.errors import ConfigError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

QUICK = Limits(seconds=20, cpu_seconds=5, memory=256 << 20, output=4096)
CTYPES = "import ctypes; libc = ctypes.CDLL(None); "

HONEST = {
    "prints": "print('done')",
    "imports": "import collections, dataclasses, heapq, json, math, random, re, typing\nprint('done')",
    "hashes": "import hashlib; hashlib.md5(b'x').hexdigest(); print('done')",
    "knows its name": "if __name__ == '__main__': print('done')",
    "has a dataclass": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\nprint('done')",
    "reads nothing from its input": "import sys; print('done' + sys.stdin.read())",
    "asks the time": "import time, datetime; time.sleep(0.001); datetime.datetime.now(); print('done')",
    "has a way to exit": "import sys; print('done'); sys.exit(0)",
    "has things to do at its end": "import atexit; atexit.register(print, 'done')",
}

FILES = {
    "a file": "open('x', 'w')",
    "a file elsewhere": "open('/tmp/fen-written', 'a')",
    "shared memory": "open('/dev/shm/fen-written', 'w')",
    "an open file": "import os; os.open('x', os.O_RDWR | os.O_CREAT)",
    "a temporary file": "import tempfile; tempfile.TemporaryFile()",
    "a folder": "import os; os.mkdir('x')",
    "a symbolic link": "import os; os.symlink('/etc/passwd', 'x')",
    "a removal": "import os, sys; os.remove(os.__file__)",
    "a new name": "import os; os.rename('/etc/passwd', '/etc/x')",
    "other rights": "import os; os.chmod('/etc/passwd', 0o777)",
    "a file's length": "import os; os.truncate('/etc/passwd', 0)",
    "memory as a file": CTYPES + "libc.memfd_create(b'x', 0)",
    "a removal by the C library": CTYPES + "libc.unlink(b'/etc/passwd')",
    "its own memory": "open('/proc/self/mem', 'r+b')",
}

NETWORK = {
    "a socket": "import socket; socket.socket()",
    "a local socket": "import socket; socket.socket(socket.AF_UNIX)",
    "a raw socket": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a page": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    "a socket by the C library": CTYPES + "libc.socket(2, 1, 0)",
    "a caught failure": "import socket\ntry: socket.socket()\nexcept BaseException: pass",
}

PROCESSES = {
    "a fork bomb": "import os\nwhile True: os.fork()",
    "a caught fork": "import os\ntry: os.fork()\nexcept BaseException: pass",
    "a program": "import subprocess; subprocess.run(['/bin/true'])",
    "a shell": "import os; os.system('true')",
    "another program in its place": "import os; os.execv('/bin/true', ['true'])",
    "a thread": "import threading; threading.Thread(target=print).start()",
    "workers": "import multiprocessing; multiprocessing.Process(target=print).start()",
    "a fork by the C library": CTYPES + "libc.fork()",
}

SYSTEM = {
    "its parent's end": "import os; os.kill(os.getppid(), 9)",
    "everyone's end": "import os; os.kill(-1, 9)",
    "its group's end": "import os; os.killpg(0, 9)",
    "its parent's memory": CTYPES + "import os; libc.ptrace(16, os.getppid(), 0, 0)",
    "reading its parent's memory": CTYPES + "import os; libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0)",
    "a namespace": CTYPES + "libc.unshare(0x10000000)",
    "a mount": CTYPES + "libc.mount(b'x', b'/', b'tmpfs', 0, 0)",
    "a pair of sockets": "import _socket; _socket.socketpair()",  # Python does not say what it tries
    "an asynchronous ring": CTYPES + "libc.syscall(425, 8, 0)",
}


@pytest.fixture(params=[process.LAYERS, ()], ids=["all layers", "the filter only"])
def sandbox(request: pytest.FixtureRequest) -> ProcessSandbox:
    return ProcessSandbox(layers=request.param)


async def run_all(sandbox: ProcessSandbox, programs: dict[str, str]) -> dict[str, Ran]:
    runs = await asyncio.gather(*(sandbox.run(program, QUICK) for program in programs.values()))
    return dict(zip(programs, runs, strict=True))


async def test_honest_programs_pass(sandbox: ProcessSandbox):
    for name, ran in (await run_all(sandbox, HONEST)).items():
        assert (ran.ending, ran.stdout, ran.stderr) == ("passed", "done\n", ""), name
    assert "seccomp" in sandbox.protections


@pytest.mark.parametrize(
    ("ending", "programs"),
    [("files", FILES), ("network", NETWORK), ("processes", PROCESSES), ("system", SYSTEM)],
)
async def test_a_forbidden_act_ends_a_program_and_is_named(
    sandbox: ProcessSandbox, ending: str, programs: dict[str, str]
):
    trying = {name: program + "\nprint('survived')" for name, program in programs.items()}
    ran = await run_all(sandbox, trying)
    assert {name: (one.ending, one.stdout) for name, one in ran.items()} == dict.fromkeys(
        trying, (ending, "")
    )
    assert not _written()


FAILURES = {
    "kept = [0] * 10**9": "memory",
    "kept = []\nwhile True: kept.append('x' * 10**6)": "memory",
    "import mmap; mmap.mmap(-1, 1 << 40)": "memory",
    "while True: print('x' * 1000)": "output",
    "import os\nwhile True: os.write(2, b'x' * 1000)": "output",
    "def f(): f()\nf()": "failed",
    "import sys; sys.exit(3)": "failed",
    "import os; os.abort()": "failed",
    "import signal; signal.raise_signal(signal.SIGSEGV)": "failed",
    "assert 1 + 1 == 3": "failed",
    "def broken(:": "failed",
    "\0": "failed",
    "'\udc80'; 1/0": "failed",
    "input()": "failed",
}


async def test_a_limit_or_a_failure_is_named():
    ran = await run_all(ProcessSandbox(), {program: program for program in FAILURES})
    assert {program: one.ending for program, one in ran.items()} == FAILURES
    assert all(len(text) <= QUICK.output for one in ran.values() for text in (one.stdout, one.stderr))


async def test_deep_recursion_without_its_guard_ends():
    unguarded = "import sys\nsys.setrecursionlimit(10**9)\n"
    limits = Limits(seconds=20, cpu_seconds=1, memory=64 << 20)
    for deep in ("def f(): f()\nf()", "a = []\nfor _ in range(10**6): a = [a]\nrepr(a)"):
        assert (await ProcessSandbox().run(unguarded + deep, limits)).ending in {"failed", "memory", "time"}


async def test_an_endless_loop_ends_whatever_signals_it_ignores():
    limits = Limits(seconds=20, cpu_seconds=1)
    stubborn = (
        "import signal\nfor s in (1, 2, 3, 15, 24, 25): signal.signal(s, signal.SIG_IGN)\nwhile True: pass"
    )
    sandbox = ProcessSandbox()
    plain, ignoring = await asyncio.gather(
        sandbox.run("while True: pass", limits), sandbox.run(stubborn, limits)
    )
    assert (plain.ending, ignoring.ending) == ("time", "time")


async def test_a_program_that_waits_ends_by_the_clock():
    ran = await ProcessSandbox().run(
        "print('begun', flush=True)\nimport time\ntime.sleep(60)", Limits(seconds=3)
    )
    assert (ran.ending, ran.stdout) == ("time", "begun\n")
    assert ran.seconds < 30


async def test_a_program_finds_no_secrets(sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FEN_API_KEY", "sk-secret")
    program = "import os, sys, gc\nprint(dict(os.environ), sys.argv, [m for m in sys.modules if 'fen' in m])"
    ran = await sandbox.run(program, QUICK)
    assert "secret" not in ran.stdout
    assert ran.stdout.endswith("['program.py'] []\n")
    assert (await sandbox.run("import os; print(os.listdir('.'))", QUICK)).stdout == "[]\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_a_program_of_root_runs_as_somebody_who_may_not_read_its_parents_secrets():
    sandbox = ProcessSandbox(layers=("user",))
    ran = await sandbox.run(f"import os\nprint(os.getuid())\nopen('/proc/{os.getpid()}/environ')", QUICK)
    if "user" not in sandbox.protections:
        pytest.skip("nobody else can read the interpreter's files")
    assert (ran.ending, ran.stdout) == ("failed", "65534\n")
    assert "PermissionError" in ran.stderr


async def test_where_landlock_is_a_program_reads_only_what_the_interpreter_needs(tmp_path: Path):
    sandbox = ProcessSandbox()
    await sandbox.run("", QUICK)
    if "landlock" not in sandbox.protections:
        pytest.skip("this kernel has no Landlock")
    secret = tmp_path / "secret.env"
    secret.write_text("sk-secret")
    for path in (secret, "/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/self/environ"):
        ran = await sandbox.run(f"print(open({str(path)!r}).read())", QUICK)
        assert (ran.ending, ran.stdout) == ("failed", "")
        assert "PermissionError" in ran.stderr


async def test_no_listener_is_reached_even_by_the_number_of_the_call():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
        ran = await ProcessSandbox(layers=()).run(
            CTYPES + f"libc.syscall({number}, 2, 1, 0); print('survived')", QUICK
        )
        assert (ran.ending, ran.stdout) == ("system", "")
        with pytest.raises(TimeoutError):
            server.accept()


async def test_notes_of_its_own_give_a_program_no_pass():
    forged = (
        "import os\n"
        "for fd in range(3, 32):\n"
        "    try: os.write(fd, b'ready\\npassed\\n')\n"
        "    except OSError: pass\n"
    )
    assert (await ProcessSandbox().run(forged + "1/0", QUICK)).ending == "failed"
    assert (await ProcessSandbox().run(forged + "import socket; socket.socket()", QUICK)).ending == "network"


async def test_a_kernel_that_takes_no_filter_runs_nothing(monkeypatch: pytest.MonkeyPatch):
    refusing = (
        "import ctypes\n"
        "class Refusing:\n"
        "    prctl = unshare = syscall = staticmethod(lambda *_: -1)\n"
        "ctypes.CDLL = lambda *_, **__: Refusing\n"
    )
    monkeypatch.setattr(process, "_BARE", refusing + process._BARE)
    with pytest.raises(ConfigError, match="takes no filter of system calls"):
        await ProcessSandbox().run("print('ran')", QUICK)


async def test_an_unknown_machine_runs_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(ConfigError, match="found linux on riscv64, expected Linux on x86_64 or aarch64"):
        await ProcessSandbox().run("print('ran')", QUICK)


async def test_a_cancelled_run_leaves_no_process():
    others = set(_children())  # of other tests, such as a server of processes
    task = asyncio.create_task(ProcessSandbox().run("import time; time.sleep(60)", QUICK))
    children: set[int] = set()
    for _ in range(1000):
        if children := set(_children()) - others:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children
    for _ in range(1000):  # it is killed; that it is gone takes the kernel a moment
        if not any(map(_runs, children)):
            break
        await asyncio.sleep(0.01)
    assert not any(map(_runs, children))


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
def test_a_loop_that_ends_while_programs_start_does_not_hang(turns: int):
    script = (
        "import asyncio\nfrom fen.evals.sandbox import ProcessSandbox\n"
        "async def main():\n"
        "    sandbox = ProcessSandbox(3)\n"
        "    runs = [asyncio.create_task(sandbox.run('import time; time.sleep(60)')) for _ in range(3)]\n"
        f"    for _ in range({turns}): await asyncio.sleep(0)\n"
        "    raise KeyError(len(runs))\n"
        "asyncio.run(main())\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, timeout=30, capture_output=True, check=False
    )
    assert done.stderr.endswith(b"KeyError: 3\n")


def test_programs_end_with_the_process_that_started_them():
    script = (
        "import asyncio\nfrom fen.evals.sandbox import ProcessSandbox\n"
        "asyncio.run(ProcessSandbox().run('import time; time.sleep(60)'))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], env={"PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        while not (children := _children(parent.pid)):
            assert parent.poll() is None
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        for _ in range(500):
            if not any(_runs(child) for child in children):
                return
            signal.sigtimedwait([], 0.01)
        pytest.fail(f"still there: {children}")
    finally:
        parent.kill()


def _written() -> list[Path]:
    return [path for folder in ("/dev/shm", "/tmp") if (path := Path(folder, "fen-written")).exists()]


def _children(parent: int | None = None) -> list[int]:
    """Ids of the processes that a process of ours has started in its main thread and that still run."""
    pid = parent or os.getpid()
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
