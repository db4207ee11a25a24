"""Which cases a run has: families by name, data sets by name, or groups of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fen.hierarchy.suite.case import Case
from fen.hierarchy.suite.families import FAMILIES
from fen.hierarchy.suite.generate import draw_all
from fen.hierarchy.suite.sources import SOURCES, Loaded
from fen.hierarchy.suite.table import GENERATED
from fen.wire.errors import ConfigError

NAMES = (GENERATED, *(family.name for family in FAMILIES), *(source.name for source in SOURCES))
"""What may be asked for."""


def choose_cases(names: Sequence[str], folder: Path | None, limit: int, seed: int) -> Loaded:
    """Return the cases of the named suites; without names, all families and all data sets of the folder.

    limit: draws of each family (three cases each), and records of each file of a data set. Raises ConfigError
    for a name that is not known, and for a data set that the folder has not.
    """
    if unknown := [name for name in names if name not in NAMES]:
        raise ConfigError(f"suite: found {unknown[0]!r}, expected one of {', '.join(NAMES)}")
    families = [family.name for family in FAMILIES if not names or GENERATED in names or family.name in names]
    cases: list[Case] = list(draw_all(families, limit, seed))
    unsupported: Counter[str] = Counter()
    for source in SOURCES:
        there = folder is not None and source.is_in(folder)
        if source.name in names and not there:
            wanted = " or ".join(source.files)
            raise ConfigError(
                f"suite {source.name}: found no {wanted} in {folder}/{source.name}, expected one"
            )
        if folder is not None and there and (not names or source.name in names):
            loaded = source.load(folder / source.name, limit, seed)
            cases += loaded.cases
            unsupported.update(loaded.unsupported)
    return Loaded(tuple(cases), dict(unsupported))
