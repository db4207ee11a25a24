"""The catalogue of a configuration: known models, those of `fen.toml`, and those that Fen itself runs."""

from __future__ import annotations

from collections.abc import Mapping

from fen.app.settings import EmbeddedTable, ModelTable, Settings
from fen.catalogue import Catalogue, ModelOverride, load_catalogue
from fen.catalogue.updates import read_accepted

_USUAL = EmbeddedTable()


def build_catalogue(settings: Settings, embedded: Mapping[str, EmbeddedTable]) -> Catalogue:
    """Return the catalogue.

    Raises ConfigError when a model of the configuration is malformed, or an accepted price.
    """
    own = [_own(name, table) for name, table in embedded.items()]
    given = [*own, *(_override(name, table) for name, table in settings.models.items())]
    return load_catalogue(given, read_accepted(settings.home))


def _override(name: str, table: ModelTable) -> ModelOverride:
    return ModelOverride(
        id=name,
        upstream=table.upstream,
        upstream_model=table.upstream_model,
        context_window=table.context_window,
        max_output_tokens=table.max_output_tokens,
        abilities=table.abilities,
        price=table.price,
        batch_price=table.batch_price,
    )


def _own(name: str, table: EmbeddedTable) -> ModelOverride:
    """Return a model that Fen runs: it is its own upstream, and costs nothing.

    Of the one that Fen brings along, the catalogue knows that; only its window can be another.
    """
    changed = table.model is not None or table.context_length != _USUAL.context_length
    return ModelOverride(
        id=name,
        upstream=name,
        upstream_model=name,
        context_window=table.context_length if changed else None,
        price={"input": "0", "output": "0", "currency": "USD"} if table.model else None,
    )
