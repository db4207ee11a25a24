"""A data set of others, and the cases that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from fen.hierarchy.suite.case import Case


class Loaded(msgspec.Struct, frozen=True):
    """Cases, and what of the data no program can judge: how many, by the reason."""

    cases: tuple[Case, ...]
    unsupported: Mapping[str, int] = {}


class Source(msgspec.Struct, frozen=True):
    """A data set: its name, which is its folder's too, and its files.

    load: takes the folder, the most records of each file (None: all) and the seed that chooses them; raises
    ConfigError.
    """

    name: str
    files: tuple[str, ...]
    load: Callable[[Path, int | None, int], Loaded]

    def is_in(self, folder: Path) -> bool:
        """Whether a folder of data sets has this one."""
        return any((folder / self.name / file).is_file() for file in self.files)
