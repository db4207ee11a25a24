"""Commands of this Python, for programs of the bench and for Fen, which is only used through its command."""

import sys
from pathlib import Path

from bench.process import Command

ROOT = Path(__file__).resolve().parent.parent


def module(name: str, *words: str, log: Path, cores: frozenset[int] | None = None) -> Command:
    """`python -m NAME WORDS`, run in the repository's root."""
    return Command([sys.executable, "-m", name, *words], ROOT, log, cores=cores)
