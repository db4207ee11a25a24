"""How much a test does: little in `make test`, everything in `make prove`."""

import os
from typing import TypeVar

T = TypeVar("T")


def is_proving() -> bool:
    """Whether this run is `make prove`."""
    return os.environ.get("FEN_PROVE") == "1"


def pick(small: T, full: T) -> T:
    """The size for this run: `small` when it must be quick, `full` when a bar is proved."""
    return full if is_proving() else small
