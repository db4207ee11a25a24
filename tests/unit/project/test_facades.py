"""A room shows what it lists in `__all__`, and lists what it shows."""

import importlib
import pkgutil
from types import ModuleType

import pytest

import fen

ROOMS = ["fen", *(f"fen.{room.name}" for room in pkgutil.iter_modules(fen.__path__) if room.ispkg)]


@pytest.mark.parametrize("room", ROOMS)
def test_facade_lists_what_it_shows(room: str) -> None:
    module = importlib.import_module(room)
    listed = list(module.__all__)
    shown = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and name != "annotations" and not isinstance(value, ModuleType)
    }
    assert len(set(listed)) == len(listed)
    assert not shown - set(listed), "shown and not listed"
    assert [name for name in listed if not hasattr(module, name)] == [], "listed and not there"


@pytest.mark.parametrize("room", ROOMS)
def test_room_says_what_it_is_for(room: str) -> None:
    assert (importlib.import_module(room).__doc__ or "").strip()
