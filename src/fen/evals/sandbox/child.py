"""The process that a program runs in: it shuts itself in, says so, and becomes the program.

Started by `fen.evals.sandbox.process` as a bare interpreter, in which only this file and those that it names
exist: standard library only, and nothing that takes long to import. It is told its job on its standard input
(marshal), and says on a descriptor of its own, a line each: `ready` and what protects, or `refused` and why;
then what the program tried. The program may write there too: that can give its end a wrong name, no more.
"""

from __future__ import annotations

import _thread
import errno
import marshal
import os
import resource
import sys
import types
from typing import Any, NoReturn, TypedDict

from fen.evals.sandbox.calls import KILLED
from fen.evals.sandbox.landlock import restrict_reading
from fen.evals.sandbox.seccomp import install
from fen.hierarchy.confinement import die_with, enter_empty_network, hold

_NICENESS = 10
_OPEN_FILES = 32
_NOBODY = 65534
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

TRIED = {
    "os.exec": "processes",
    "os.fork": "processes",
    "os.forkpty": "processes",
    "os.posix_spawn": "processes",
    "os.system": "processes",
    "subprocess.Popen": "processes",
    "os.chmod": "files",
    "os.chown": "files",
    "os.link": "files",
    "os.mkdir": "files",
    "os.remove": "files",
    "os.rename": "files",
    "os.rmdir": "files",
    "os.setxattr": "files",
    "os.symlink": "files",
    "os.truncate": "files",
    "os.utime": "files",
    "socket.__new__": "network",
    "socket.getaddrinfo": "network",
    "socket.gethostbyname": "network",
    "os.kill": "system",
}
"""What Python calls an act that ends a program (its audit events), and what it is an attempt on."""


_FOREIGN = {name: kind for kind, numbers in KILLED.items() for name in numbers}
"""What an attempt through the C library, by the name of its function, is an attempt on."""


class Job(TypedDict):
    """What to run and how.

    note: the descriptor to speak on. home: a folder to stand in. layers: the protections to use beside the
    filter, of those that the kernel gives.
    """

    program: str
    parent: int
    note: int
    home: str
    layers: tuple[str, ...]
    cpu_seconds: float
    memory: int


def main() -> None:
    """Shut the process in, and run the program; what is forbidden from here on the kernel refuses."""
    job: Job = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 (from our own process)
    note = job["note"]
    try:
        protections = shut_in(job)
    except OSError as error:
        os.write(note, f"refused {error}\n".encode())
        sys.exit(1)
    os.write(note, f"ready {' '.join(protections)}\n".encode())
    program = job["program"]
    for name in [name for name in sys.modules if name.partition(".")[0] == "fen"]:
        del sys.modules[name]
    del job
    become(program, note)


def shut_in(job: Job) -> list[str]:
    """Give up all that a program need not have, the filter last; returns what protects. Raises OSError."""
    os.nice(_NICENESS)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    protections = ["seccomp"]
    layers = job["layers"]
    if "user" in layers and os.geteuid() == 0 and _become_nobody(job["home"]):
        protections.append("user")
    if "network" in layers and enter_empty_network():
        protections.append("network")
    die_with(job["parent"])
    os.chdir(job["home"])
    _hold_to(job)
    if "landlock" in layers and restrict_reading([*sys.path, *_SYSTEM, *_DEVICES, job["home"]]):
        protections.append("landlock")
    _listen(job["note"])
    install()
    return protections


def _become_nobody(home: str) -> bool:
    """Change to a user who owns nothing, where the interpreter's files are readable for that one too."""
    try:
        os.setgroups([])
        os.setegid(_NOBODY)
        os.seteuid(_NOBODY)
        readable = all(os.access(path, os.R_OK, effective_ids=True) for path in (os.__file__, sys.path[-1]))
        os.seteuid(0)
        os.setegid(0)
        if readable:
            os.chown(home, _NOBODY, _NOBODY)
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except OSError:
        return False
    return readable


def _hold_to(job: Job) -> None:
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 (pathlib is slow to import)
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    hold(
        {
            resource.RLIMIT_AS: mapped + job["memory"],
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: _OPEN_FILES,
        }
    )
    seconds = max(1, round(job["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # SIGXCPU can be ignored, SIGKILL cannot


def _listen(note: int) -> None:
    """Say from now on what is tried. This names; it is the kernel that refuses.

    What it needs is bound here, so that a program which rebinds a name of a module changes nothing.
    """
    acts, foreign, say, kind, number = TRIED.get, _FOREIGN.get, os.write, type, int

    def hear(event: str, args: tuple[Any, ...]) -> None:
        tried = acts(event)
        if event == "open" and kind(args[2]) is number and args[2] & _CHANGES:
            tried = "files"
        elif event == "ctypes.dlsym":
            tried = foreign(args[1])
        if tried is not None:
            say(note, tried.encode() + b"\n")

    def note_start(start: Any) -> Any:
        def start_noted(*args: Any, **named: Any) -> Any:
            say(note, b"processes\n")
            return start(*args, **named)

        return start_noted

    for name in ("start_new_thread", "start_joinable_thread"):  # audit events name neither in every Python
        if hasattr(_thread, name):
            setattr(_thread, name, note_start(getattr(_thread, name)))
    sys.addaudithook(hear)


def become(source: str, note: int) -> None:
    """Run a program as the main module; ends this process with its status where it fails."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv[:] = ["program.py"]
    try:
        exec(compile(source, "program.py", "exec", dont_inherit=True), module.__dict__)  # noqa: S102 (shut in)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 (whatever a program raises is its failure)
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            os.write(note, b"memory\n")
        _fail(error)


def _fail(error: BaseException) -> NoReturn:
    ours = error.__traceback__
    shown = error.with_traceback(ours.tb_next if ours is not None else None)
    sys.__excepthook__(type(error), shown, shown.__traceback__)
    sys.stdout.flush()
    sys.exit(1)
