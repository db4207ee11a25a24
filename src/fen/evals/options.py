"""What a suite's options say: text as the user wrote it, read into numbers and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fen.wire.errors import ConfigError


def read_number(options: Mapping[str, str], name: str, usual: int, *, least: int = 0) -> int:
    """Return an option that is a whole number, not below `least`; raises ConfigError."""
    return _read(name, options.get(name) or str(usual), least)


def read_numbers(options: Mapping[str, str], name: str, usual: str, *, least: int = 1) -> tuple[int, ...]:
    """Return an option of whole numbers with commas between, in their order; raises ConfigError."""
    return tuple(_read(name, part, least) for part in (options.get(name) or usual).split(","))


def read_names(options: Mapping[str, str], name: str, usual: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return an option of names with commas between, each one of those known; raises ConfigError."""
    names = tuple(part.strip() for part in (options.get(name) or usual).split(","))
    for given in names:
        if given not in known:
            raise ConfigError(f"option {name}: found {given!r}, expected {' or '.join(known)}")
    return names


def read_switch(options: Mapping[str, str], name: str, usual: str) -> tuple[bool, ...]:
    """Return the states of an option that is `on`, `off` or `both`, off first; raises ConfigError."""
    (state,) = read_names(options, name, usual, ("on", "off", "both"))[:1]
    return {"on": (True,), "off": (False,), "both": (False, True)}[state]


def _read(name: str, text: str, least: int) -> int:
    stripped = text.strip()
    if not stripped.isascii() or not stripped.isdigit() or int(stripped) < least:
        raise ConfigError(f"option {name}: found {stripped!r}, expected a whole number from {least} on")
    return int(stripped)
