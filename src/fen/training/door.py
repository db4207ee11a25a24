"""The one door to the libraries of the extra `train`: they are heavy, and most who run Fen do without."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fen.wire.errors import ConfigError

EXTRA = "train"


def load_library(name: str) -> Any:
    """Return a module of torch, transformers, peft, trl, gguf or what they bring along, by its dotted name.

    Raises ConfigError where the extra is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        top = name.partition(".")[0]
        if (error.name or "").partition(".")[0] != top:
            raise
        raise ConfigError(
            f"found no {top}, expected Fen's extra `{EXTRA}`: pip install 'fen[{EXTRA}]'"
        ) from None
