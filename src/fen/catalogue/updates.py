"""What a newer list would append to the price book: previewed, then kept in the user's own overlay.

The overlay is a folder of files as `data/*.yaml` are, one for each vendor; rows are only ever appended, and
hold from the moment at which they were accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import yaml

from fen.catalogue.audit import CURRENCY, differ, list_prices, match
from fen.catalogue.lookup import Catalogue
from fen.catalogue.overlay import Overlay, load_yaml
from fen.catalogue.rivals import Rival, Statement
from fen.wire.errors import ConfigError
from fen.wire.money import plain
from fen.wire.usage import METERS, Meter

FOLDER = "prices"
"""Of FEN_HOME: where accepted prices are."""


class Proposal(msgspec.Struct, frozen=True):
    """A price list that would be appended: what a model costs now, and what a list says that it costs.

    before, after: dollars per million tokens by meter; before is empty where no price was known. new: whether
    the model has no card yet. hinders: why it cannot be appended by itself; None where it can.
    """

    model: str
    before: Mapping[Meter, Decimal]
    after: Mapping[Meter, Decimal]
    limits: Mapping[str, int]
    new: bool = False
    hinders: str | None = None


def propose(catalogue: Catalogue, rival: Rival, at: datetime, *, new: bool = False) -> list[Proposal]:
    """Return what a list would append, by model: prices that differ from those of an instant.

    new: models of known vendors too that have no card, or no price. A price that depends on the prompt's
    length or on hours, on either side, is not replaced by one that does not: it is for a person to write
    down.
    """
    vendors = {card.vendor for card in catalogue.cards()}
    found: dict[str, Proposal] = {}
    for statement in rival.statements:
        proposal = _propose(catalogue, statement, at)
        if proposal is None or not statement.prices or (proposal.new and statement.vendor not in vendors):
            continue
        moved = any(differ(proposal.before.get(meter), price) for meter, price in proposal.after.items())
        if moved and (new or (proposal.before and not proposal.new)):
            found.setdefault(proposal.model, proposal)
    return [found[model] for model in sorted(found)]


def read_accepted(home: Path) -> list[Overlay]:
    """Return the accepted overlays of a FEN_HOME; raises ConfigError where a file is none."""
    found: list[Overlay] = []
    for path in sorted((home / FOLDER).glob("*.yaml")):
        try:
            found.append(msgspec.convert(load_yaml(path.read_text("utf-8")), Overlay))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
            raise ConfigError(f"{path}: {error}, expected an overlay that fen prices update wrote") from None
    return found


def accept(home: Path, proposals: Iterable[Proposal], rival: Rival, at: datetime) -> list[Path]:
    """Append proposals to the user's overlay, valid from an instant on, and return the files written.

    Those that are hindered are left out. Raises ConfigError where a file there is no overlay, and OSError
    where it cannot be written.
    """
    by_vendor: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        if proposal.hinders is None:
            by_vendor.setdefault(proposal.model.partition("/")[0], []).append(proposal)
    known = {overlay.vendor for overlay in read_accepted(home)}
    written: list[Path] = []
    for vendor, each in sorted(by_vendor.items()):
        path = home / FOLDER / f"{vendor}.yaml"
        tree = cast(dict[str, Any], load_yaml(path.read_text("utf-8"))) if vendor in known else {}
        _write(path, append(tree or {"vendor": vendor, "sources": {}, "models": {}}, each, rival, at))
        written.append(path)
    return written


def append(
    tree: Mapping[str, Any], proposals: Sequence[Proposal], rival: Rival, at: datetime
) -> dict[str, Any]:
    """Return an overlay's tree with a row for each proposal; what stood there stays as it was."""
    sources: dict[str, Any] = dict(tree["sources"])
    models: dict[str, Any] = dict(tree["models"])
    source = _name_source(sources, rival)
    for proposal in proposals:
        name = proposal.model.partition("/")[2]
        model: dict[str, Any] = dict(models.get(name, {}))
        if proposal.new and proposal.limits and "source" not in model:
            model |= {"source": source, **proposal.limits}
        row = {
            "from": at.astimezone(UTC).replace(microsecond=0).isoformat(),
            "currency": CURRENCY,
            "source": source,
            "note": f"as {rival.name} has it",
            **{meter: plain(proposal.after[meter]) for meter in METERS if meter in proposal.after},
        }
        models[name] = model | {"prices": [*model.get("prices", ()), row]}
    return {**tree, "sources": sources, "models": models}


def _propose(catalogue: Catalogue, statement: Statement, at: datetime) -> Proposal | None:
    card = match(catalogue, statement)
    limits = {str(limit): tokens for limit, tokens in statement.limits.items()}
    hinders = None if statement.plain else "its price there depends on the prompt or the hour"
    if card is None:
        wanted = f"{statement.vendor}/{statement.model}"
        known = catalogue.find(wanted) is not None or "/" in statement.model
        return None if known else Proposal(wanted, {}, statement.prices, limits, True, hinders)
    rows = list_prices(catalogue, card, at)
    before: dict[Meter, Decimal] = {row.meter: row.price for row in rows.values()}
    # A list that says nothing of a meter does not say that it is gone.
    after = before | dict(statement.prices) if before else dict(statement.prices)
    others = [row for row in catalogue.prices(card.id) if row.tier == "standard" and row.currency == CURRENCY]
    if any((row.above or row.schedule) and _is_current(row.valid_to, at) for row in others):
        hinders = "its price here depends on the prompt or the hour"
    if not before and any(row.currency != CURRENCY for row in catalogue.prices(card.id)):
        hinders = "its price here is in another currency"
    return Proposal(card.id, before, after, {}, False, hinders)


def _is_current(ends: datetime | None, at: datetime) -> bool:
    return ends is None or ends > at


def _name_source(sources: dict[str, Any], rival: Rival) -> str:
    """Return the short name of a list's source, which is added where it is not there."""
    stated = {"url": _address(rival.place), "checked": rival.dated.isoformat()}
    for name, known in sources.items():
        if known == stated:
            return name
    name = f"{rival.name}-{len(sources) + 1}"
    sources[name] = stated
    return name


def _address(place: str) -> str:
    return place if "://" in place else Path(place).absolute().as_uri()


def _write(path: Path, tree: Mapping[str, Any]) -> None:
    """Write a file whole, or not at all."""
    msgspec.convert(tree, Overlay)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True, width=1000), "utf-8")
    draft.replace(path)
