"""The real weights, for tests that run the embedded model."""

import os
from pathlib import Path

import platformdirs
import pytest

from fen.upstreams import ensure_weights
from fen.wire.errors import UpstreamFailed


class _Nobody:
    def advance(self, done: int, total: int) -> None:
        raise AssertionError("a test fetches nothing")


def find_cache() -> Path:
    """Fen's cache, which tests share with whoever runs them; they only read it."""
    return Path(os.environ.get("FEN_CACHE") or platformdirs.user_cache_dir("fen"))


def find_weights() -> Path:
    """The weights' file in Fen's cache; skips the test where `make weights` has not put it there."""
    try:
        return ensure_weights(find_cache(), True, _Nobody())
    except UpstreamFailed as error:
        pytest.skip(f"{error.message}; make weights fetches it")
