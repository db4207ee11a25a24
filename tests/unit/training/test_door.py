"""The door to the heavy libraries says what is missing."""

import json

import pytest

from fen.training import door
from fen.training.door import load_library
from fen.wire.errors import ConfigError


def test_a_library_that_is_there_is_returned() -> None:
    assert load_library("json") is json


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def miss(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}", name="torch")

    monkeypatch.setattr(door, "import_module", miss)
    with pytest.raises(
        ConfigError, match=r"found no torch, expected Fen's extra `train`: pip install 'fen\[train\]'"
    ):
        load_library("torch.nn")


def test_what_a_library_itself_misses_is_not_taken_for_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def miss(name: str) -> object:
        raise ModuleNotFoundError("No module named 'sympy'", name="sympy")

    monkeypatch.setattr(door, "import_module", miss)
    with pytest.raises(ModuleNotFoundError, match="sympy"):
        load_library("torch")
