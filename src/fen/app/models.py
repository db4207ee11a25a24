"""The catalogue of a configuration: known models, and those of `fen.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fen.app.settings import EmbeddedTable, ModelTable, Settings
from fen.catalogue import Catalogue, ModelOverride, load_catalogue
from fen.wire.errors import ConfigError


def build_catalogue(settings: Settings, embedded: Mapping[str, EmbeddedTable]) -> Catalogue:
    """Return the catalogue.

    Raises ConfigError when a model of the configuration is malformed.
    """
    overrides = [_override(name, table, settings) for name, table in settings.models.items()]
    named = {override.id for override in overrides}
    overrides += [_own(name, table) for name, table in embedded.items() if name not in named and table.model]
    return load_catalogue(overrides)


def _override(name: str, table: ModelTable, settings: Settings) -> ModelOverride:
    if "/" not in name:
        raise ConfigError(f"models.{name}: found an id without a vendor, expected VENDOR/MODEL")
    vendor, _, model = name.partition("/")
    known: dict[str, Any] = {"upstream": vendor, "upstream_model": model} if name not in settings.embedded else {}
    given = {key: getattr(table, key) for key in table.__struct_fields__ if getattr(table, key) is not None}
    return ModelOverride(id=name, **(known | given))


def _own(name: str, table: EmbeddedTable) -> ModelOverride:
    return ModelOverride(
        id=name,
        upstream=name,
        upstream_model=name,
        context_window=table.context_length,
        price={"input": "0", "output": "0", "currency": "USD"},
    )
