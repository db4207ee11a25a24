"""`fen weights fetch` shows how far it is: a bar to who watches, a few lines to a log."""

import sys
from pathlib import Path

import pytest

from fen.app import Settings
from fen.cli import weights
from fen.cli.program import run
from fen.upstreams import Progress

SIZE = 200_000_000


def fetch(settings: Settings, progress: Progress) -> Path:
    for percent in range(101):
        progress.advance(SIZE // 100 * percent, SIZE)
    return settings.cache / "file.gguf"


def find(settings: Settings, progress: Progress) -> Path:
    return settings.cache / "file.gguf"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEN_CACHE", "/cache")


def test_log_gets_a_line_for_every_quarter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(weights, "fetch_weights", fetch)
    assert run(["weights", "fetch"]) == 0
    told = capsys.readouterr()
    assert told.out == "weights: /cache/file.gguf\n"
    assert told.err.splitlines() == [
        f"fetching weights: {percent} % of 200 MB" for percent in (0, 25, 50, 75, 100)
    ]


def test_who_watches_gets_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(weights, "fetch_weights", fetch)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["weights", "fetch"]) == 0
    told = capsys.readouterr()
    assert told.out == "weights: /cache/file.gguf\n"
    assert "200.0/200.0 MB" in told.err


@pytest.mark.parametrize("watched", [True, False])
def test_nothing_is_shown_where_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], watched: bool
) -> None:
    monkeypatch.setattr(weights, "fetch_weights", find)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched)
    assert run(["weights", "fetch"]) == 0
    assert capsys.readouterr().err == ""
