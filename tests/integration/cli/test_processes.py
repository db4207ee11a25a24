"""Commands as processes: what a shell sees of `fen serve`, of Ctrl-C, of a closed pipe, of a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fake, Fen

FEN = [sys.executable, "-m", "fen"]
MODEL = "fake/gpt-4o-mini"


@contextlib.contextmanager
def started(*words: str, **how: object) -> Iterator[subprocess.Popen[str]]:
    options: dict[str, object] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    with subprocess.Popen([*FEN, *words], text=True, **(options | how)) as process:  # pyright: ignore[reportCallIssue, reportArgumentType]
        try:
            yield process
        finally:
            process.kill()


def test_serve_says_where_and_that_only_this_machine_can_ask(fen: Fen) -> None:
    for told in ("no key yet: only this machine can ask", None):
        with started("serve", "--port", "0") as process:
            assert process.stdout is not None
            address = re.fullmatch(r"fen serves (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert address is not None
            if told:
                assert process.stdout.readline().startswith(told)
            with urllib.request.urlopen(address[1] + "/readyz", timeout=10) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGINT)
            rest, log = process.communicate(timeout=30)
            assert (process.returncode, rest) == (0, "")
            assert all(line.startswith("{") for line in log.splitlines())  # JSON where nobody watches
        fen("keys", "create", "me")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0", "--port", "0"], "fen: found the address 0.0.0.0 and no key"),
        (["--host", "192.0.2.1", "--port", "0"], "fen: cannot listen on 192.0.2.1:0: "),
    ],
)
def test_serve_that_cannot_be_is_one_line_and_status_two(words: list[str], told: str) -> None:
    with started("serve", *words) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(told)
    assert err.count("\n") == 1


def test_level_of_the_log_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEN_LOG", "loud")
    with started("serve", "--port", "0") as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err == "fen: FEN_LOG: found 'loud', expected one of debug, info, warning, error\n"


def test_ctrl_c_is_quiet_and_the_books_hear_of_it(fen: Fen, config: Path) -> None:
    with started("ask", "[[tokens-9-stall-3]]", "-m", MODEL) as process:
        assert process.stdout is not None
        assert process.stdout.read(18) == "word0 word1 word2 "
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out.strip(), err.strip()) == (130, "", "")
    [entry] = fen("requests", "list", "--json").json
    assert (entry["state"], entry["reason"], entry["certainty"]) == ("settled", "disconnected", "estimated")


def test_closed_pipe_is_quiet(config: Path) -> None:
    for words in (["models", "--all"], ["ask", "[[tokens-2000]]", "-m", MODEL]):
        read, write = os.pipe()
        os.close(read)
        with started(*words, stdout=write) as process:
            os.close(write)
            _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (1, ""), words


def test_whole_table_goes_into_a_pipe(config: Path) -> None:
    with started("prices", "gpt") as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(out.splitlines()) > 100
    assert "\x1b" not in out
    assert "…" not in out


class Terminal:
    """A pseudo-terminal, and what was shown on it."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def until(self, holds: Callable[[str], bool]) -> None:
        while not holds(self.shown):
            ready, _, _ = select.select([self._ours], [], [], 30)
            assert ready, self.shown
            self.shown += os.read(self._ours, 65536).decode()

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    yield terminal
    terminal.close()


def at(terminal: Terminal) -> dict[str, object]:
    return dict.fromkeys(("stdin", "stdout", "stderr"), terminal.theirs)


def test_terminal_is_told_what_an_answer_cost(config: Path, terminal: Terminal) -> None:
    with started("ask", "Hello [[tokens-3-prompt-100]]", "-m", MODEL, **at(terminal)) as process:
        terminal.until(lambda shown: " s" in shown.partition("word2")[2])
        assert process.wait(30) == 0
    assert "word0 word1 word2" in terminal.shown
    assert re.search(r"fake/gpt-4o-mini · 100 \+ 3 tokens · 0\.0000168 USD · \d+\.\d s", terminal.shown), (
        terminal.shown
    )


def interrupt(process: subprocess.Popen[str]) -> None:
    """Send SIGINT until it is heard: readline, just before it waits for a key, hears none."""
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
            return


@pytest.mark.parametrize("end", ["\x04", signal.SIGINT])
def test_chat_at_a_terminal_ends_cleanly(
    config: Path, fake: Fake, terminal: Terminal, end: str | signal.Signals
) -> None:
    with started("chat", "-m", MODEL, **at(terminal)) as process:
        terminal.until(lambda shown: "> " in shown)
        terminal.type("[[tokens-9-stall-3]]\n")
        terminal.until(lambda shown: "word2" in shown)
        process.send_signal(signal.SIGINT)  # the answer ends, the conversation does not
        terminal.until(lambda shown: shown.rstrip(" ").count(">") > 1)
        terminal.type("[[tokens-1]]\n")
        terminal.until(lambda shown: "tokens ·" in shown and ">" in shown.rpartition("tokens ·")[2])
        if isinstance(end, str):
            terminal.type(end)
        else:
            interrupt(process)
        assert process.wait(30) == 0
    assert "Traceback" not in terminal.shown
    assert [message["role"] for message in fake.bodies[-1]["messages"]] == ["user"]
