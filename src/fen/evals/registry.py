"""The suites: every module of `fen.evals.suites` has its `SUITE`, or several in `SUITES`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from fen.evals import suites
from fen.evals.nearest import suggest
from fen.evals.suite import Suite
from fen.wire.errors import ConfigError


@cache
def _read() -> Mapping[str, Suite]:
    found: dict[str, Suite] = {}
    for module in pkgutil.iter_modules(suites.__path__):
        for suite in _suites_of(import_module(f"{suites.__name__}.{module.name}")):
            assert suite.name not in found, f"two suites are called {suite.name}"
            found[suite.name] = suite
    return dict(sorted(found.items()))


def _suites_of(module: ModuleType) -> Iterable[Suite]:
    several = getattr(module, "SUITES", None)
    if several is not None:
        return several
    single = getattr(module, "SUITE", None)
    assert isinstance(single, Suite), f"{module.__name__} has neither SUITE nor SUITES"
    return (single,)


def list_suites() -> list[Suite]:
    """Return all suites, by name."""
    return list(_read().values())


def find_suite(name: str) -> Suite:
    """Return a suite; raises ConfigError that suggests close names."""
    known = _read()
    if name not in known:
        raise ConfigError(f"found no suite {name!r}; {suggest(name, known)} (`fen eval list` shows all)")
    return known[name]
