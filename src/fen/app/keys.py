"""The keys of an upstream of `fen.toml`: in variables, or in a file."""

from __future__ import annotations

import logging
from pathlib import Path

from fen.app.settings import Settings
from fen.app.tables import UpstreamTable
from fen.app.toml import locate
from fen.upstreams import read_key

_log = logging.getLogger("fen.app")


def find_keys(name: str, table: UpstreamTable, settings: Settings) -> list[str]:
    """Return the keys, none where no key is sent; raises ConfigError for a file that cannot be read."""
    place = ("upstreams", name)
    if table.api_key_file is not None:
        try:
            key = Path(table.api_key_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"found {error}, expected a readable file that holds the key"
            raise locate(settings.config, (*place, "api_key_file"), message) from None
        if not key:
            message = f"found {table.api_key_file} empty, expected the key in it"
            raise locate(settings.config, (*place, "api_key_file"), message)
        return [key]
    keys: list[str] = []
    for variable in table.api_key_envs or [table.api_key_env]:
        key = read_key(variable, settings.environ) if variable is not None else None
        if key is not None:
            keys.append(key)
        elif variable is not None:
            left = "its key is left out" if table.api_key_envs else "no key is sent"
            _log.warning("upstreams.%s: %s is not set, so %s", name, variable, left)
    return keys
