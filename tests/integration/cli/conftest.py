"""The command line in this process, over a home of the test's own and a scripted upstream beside it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fen.cli.program import run
from tests.serving import CONFIG


@dataclass
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as a value."""
        assert self.status == 0, self.err
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        """Its output as words, line by line."""
        assert self.status == 0, self.err
        return [line.split() for line in self.out.splitlines()]


class Fen:
    """Runs commands."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch

    def __call__(self, *words: str, stdin: str = "") -> Done:
        """Run a command and return how it ended."""
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self._capsys.readouterr()
        status = run(words)
        captured = self._capsys.readouterr()
        return Done(status, captured.out, captured.err)


@pytest.fixture
def fen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Fen:
    for name in ("COLUMNS", "FEN_URL", "FEN_API_KEY", "FEN_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return Fen(capsys, monkeypatch)


class Fake:
    """The scripted upstream's process, seen from outside."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    @property
    def bodies(self) -> list[Any]:
        """What it was asked, in order."""
        with urllib.request.urlopen(
            self.base_url.removesuffix("/v1") + "/fake/records", timeout=10
        ) as answer:
            return [json.loads(record["body"]) for record in json.loads(answer.read())]


@pytest.fixture(scope="session")
def fake() -> Iterator[Fake]:
    words = [sys.executable, "-m", "tests.fakes.upstream"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Fake(process.stdout.readline().split()[-1])
        process.terminate()


@pytest.fixture
def config(fen: Fen, fake: Fake, fen_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that know the scripted upstream; they are also in `FEN_CONFIG`."""
    path = fen_home / "fen.toml"
    path.write_text(CONFIG.format(base_url=fake.base_url))
    monkeypatch.setenv("FEN_CONFIG", str(path))
    return path
