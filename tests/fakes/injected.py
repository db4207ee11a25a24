"""Attempts of injected text to do something in a browser, from a table."""

from __future__ import annotations

import tomllib
from pathlib import Path


def read_attempts() -> list[str]:
    """Return the texts of the table."""
    table = tomllib.loads((Path(__file__).parent / "injected.toml").read_text())
    return [attempt["text"] for attempt in table["attempts"]]
