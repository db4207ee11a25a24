"""Runs a document's console blocks as its reader would: in one shell's folder, with servers left running."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SERVE = re.compile(r"^(?:make serve|fen serve)\b")
_MAKE = re.compile(r"^make ")
_OPTIONS = re.compile(r'ARGS="([^"]*)"')


@dataclass(frozen=True)
class Command:
    """A line that the reader types, and the lines that the document shows below it."""

    line: str
    shown: str


def read_commands(block: str) -> list[Command]:
    """Take a console block apart: `$ ` begins a command, `> ` goes on with it, the rest is its output."""
    found: list[tuple[list[str], list[str]]] = []
    for text in block.splitlines():
        if text.startswith("$ "):
            found.append(([text[2:]], []))
        elif not found:
            raise ValueError(f"a console block begins with '$ ', found {text!r}")
        elif text.startswith("> ") and not found[-1][1]:
            found[-1][0].append(text[2:])
        else:
            found[-1][1].append(text)
    return [Command("\n".join(typed), "\n".join(shown).strip()) for typed, shown in found]


def matches(shown: str, output: str) -> bool:
    """Whether output is what the document shows; `...` there stands for anything, a line of it for lines."""
    pattern = "".join(
        ".*" if part == "..." else re.escape(part) for part in re.split(r"(\.\.\.)", _trim(shown))
    )
    return re.fullmatch(pattern, _trim(output), re.DOTALL) is not None


def has_shape_of(shown: str, output: str) -> bool:
    """Whether output differs from what is shown in nothing but figures, identifiers and a table's rules."""
    return matches(_blur(shown), _blur(output))


@dataclass
class Session:
    """One reader at work: `folder` is where the commands run, `port` what 8000 stands for.

    `FEN_URL` names a server as soon as the document has started one.
    """

    folder: Path
    port: int
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, command: Command, compare: str = "exact") -> None:
        """Run one command and compare; `compare` is exact, shape (figures may differ) or varies (anything).

        Raises AssertionError with what was shown and what was found.
        """
        if _SERVE.match(command.line):
            self._serve(command)
            return
        output = self._make(command.line) if _MAKE.match(command.line) else self._shell(command.line)
        accepts = {
            "exact": matches,
            "shape": has_shape_of,
            "varies": lambda shown, found: bool(found.strip()),
        }
        if command.shown and not accepts[compare](command.shown, output):
            raise AssertionError(f"$ {command.line}\n--- shown\n{command.shown}\n--- found\n{output}")

    def close(self) -> None:
        """Stop the servers, as Ctrl-C would."""
        for server in self.servers:
            server.send_signal(signal.SIGINT)
        for server in self.servers:
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def environment(self) -> dict[str, str]:
        """The reader's environment: this run's Fen on the PATH, a home of its own, a wide terminal."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        home = str(self.folder / "home")
        own = {"FEN_HOME": home, "FEN_OFFLINE": "1", "PATH": path}
        if self.servers:
            own["FEN_URL"] = f"http://127.0.0.1:{self.port}"
        return {**os.environ, **own, "COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb"}

    def _shell(self, line: str) -> str:
        done = subprocess.run(
            [shutil.which("bash") or "sh", "-euo", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=180,
            check=False,
            text=True,
        )
        if done.returncode:
            raise AssertionError(f"$ {line}\nended with status {done.returncode}:\n{done.stdout}")
        return done.stdout

    def _make(self, line: str) -> str:
        """A door is too long to walk through here: see that it is there and would open."""
        target = shlex.split(line.partition("#")[0])[1:]
        self._shell(shlex.join(["make", "-n", "-C", str(ROOT), *target]))
        return "..."

    def _serve(self, command: Command) -> None:
        line = command.line.partition("#")[0]
        inner = _OPTIONS.search(line)
        given = shlex.split(inner[1]) if inner else shlex.split(line)[2:]
        log = self.folder / f"serve-{len(self.servers)}.log"
        port = [] if "--port" in given else ["--port", str(self.port)]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [Path(sys.executable).with_name("fen"), "serve", *given, *port],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.servers.append(server)
        deadline = time.monotonic() + 60
        while not self._answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"$ {command.line}\ndoes not serve:\n{log.read_text()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _blur(text: str) -> str:
    text = re.sub(r"\b(?:[a-z]+[-_])?(?=[0-9a-f-]*\d)[0-9a-f]{8}[0-9a-f-]*\b", "ID", text)
    text = re.sub(r"\d[\d,.:TZ-]*", "0", text)
    return re.sub(r"[ ─━-]+", " ", text)
