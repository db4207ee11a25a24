"""What an overlay says of a model, laid over what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from fen.catalogue.card import Card, Fact, Retirement, Unlock, weigh
from fen.catalogue.overlay import LimitRow, ModelRow, Overlay, RetirementRow, SourceRow, UnlockRow

_Sources = Mapping[str, SourceRow]


def lay_over(card: Card | None, overlay: Overlay, name: str) -> Card:
    """Return the card of an overlay's model, over the harvest's where there is one."""
    vendor, row, sources = overlay.vendor, overlay.models[name], overlay.sources
    card = card or Card(f"{vendor}/{name}", vendor, name, vendor, name)
    given: dict[str, Any] = {
        "name": row.name,
        "upstream": row.upstream,
        "upstream_model": row.upstream_model,
        "aliases": tuple(dict.fromkeys((*card.aliases, *row.aliases))) or None,
        "unlocks": tuple(_unlock(unlock, sources) for unlock in row.unlocks) or None,
        "retirement": _retirement(row.retirement, sources, vendor) if row.retirement else None,
    }
    if row.source is not None:
        source = sources[row.source]
        if row.knowledge_cutoff is not None:
            given["knowledge_cutoff"] = Fact(row.knowledge_cutoff, source.url, source.checked)
        if row.abilities is not None:
            given |= {
                "abilities": row.abilities,
                "abilities_source": source.url,
                "abilities_checked": source.checked,
            }
    given |= _limits(card, row, sources)
    return msgspec.structs.replace(card, **{k: v for k, v in given.items() if v is not None})


def _limits(card: Card, row: ModelRow, sources: _Sources) -> dict[str, Any]:
    own = LimitRow(row.source, row.context_window, row.max_output_tokens) if row.source else None
    rows = [*([own] if own else []), *row.also]
    windows = [*_facts(rows, "context_window", sources), *_known(card.context_window)]
    outputs = [*_facts(rows, "max_output_tokens", sources), *_known(card.max_output_tokens)]
    window, other_windows = weigh(windows)
    output, other_outputs = weigh(outputs)
    return {
        "context_window": window,
        "other_context_windows": other_windows,
        "max_output_tokens": output,
        "other_max_outputs": other_outputs,
    }


def _facts(rows: Iterable[LimitRow], name: str, sources: _Sources) -> list[Fact[int]]:
    found: list[Fact[int]] = []
    for row in rows:
        value: int | None = getattr(row, name)
        if value is not None:
            source = sources[row.source]
            found.append(Fact(value, source.url, source.checked))
    return found


def _known(fact: Fact[int] | None) -> list[Fact[int]]:
    return [] if fact is None else [fact]


def _unlock(row: UnlockRow, sources: _Sources) -> Unlock:
    source = sources[row.source]
    return Unlock(
        max_output=row.max_output_tokens,
        source=source.url,
        checked=source.checked,
        headers=tuple(row.headers.items()),
        parameters=row.parameters,
        starts=row.starts,
        ends=row.ends,
    )


def _retirement(row: RetirementRow, sources: _Sources, vendor: str) -> Retirement:
    source, successor = sources[row.source], row.successor
    if successor is not None and "/" not in successor:
        successor = f"{vendor}/{successor}"
    return Retirement(source.url, source.checked, row.announced, row.retired, successor)
