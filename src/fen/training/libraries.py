"""Which of the libraries that training needs are here, and how Trainer's callbacks are made of functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

from fen.training.door import EXTRA, load_library
from fen.wire.errors import ConfigError

LIBRARIES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "safetensors")


def check_libraries() -> None:
    """Raise ConfigError where one of the libraries is missing, before work starts."""
    missing = [name for name, version in find_versions().items() if version is None]
    if missing:
        raise ConfigError(
            f"found no {', '.join(missing)}, expected Fen's extra `{EXTRA}`: pip install 'fen[{EXTRA}]'"
        )


def find_versions() -> Mapping[str, str | None]:
    """Return each library's installed version; None where it is missing."""
    return {name: _find_version(name) for name in LIBRARIES}


def _find_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def make_callback(name: str, **events: Callable[..., None]) -> Any:
    """Return a TrainerCallback with these events, called with args, state, control and more by name."""
    transformers = load_library("transformers")

    def make_method(event: Callable[..., None]) -> Callable[..., None]:
        def method(_self: Any, args: Any, state: Any, control: Any, **more: Any) -> None:
            event(args, state, control, **more)

        return method

    methods = {key: make_method(event) for key, event in events.items()}
    return type(name, (transformers.TrainerCallback,), methods)()
