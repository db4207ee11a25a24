"""What routing learns from, by settings: files, addresses and Fen's own stores, in one currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import msgspec

from fen.app.database import open_database
from fen.app.fx import read_rates
from fen.app.offers import read_offers
from fen.app.route_outcomes import read_arena_votes, read_eval_outcomes
from fen.app.route_prices import convert_rates
from fen.app.settings import Settings, make_home
from fen.catalogue import Catalogue, Rates
from fen.ledger import Fx, change_money
from fen.routing.learn import Setting
from fen.routing.outcome import Evidence, Outcome
from fen.routing.outcome_files import read_evidence
from fen.upstreams import download
from fen.wire.errors import ConfigError
from fen.wire.money import CURRENCIES


class Sources(msgspec.Struct, frozen=True):
    """Where outcomes come from. files: paths or addresses; evals, arena: whether Fen's own stores count."""

    files: tuple[str, ...] = ()
    evals: bool = False
    arena: bool = False


class Gathered(msgspec.Struct, frozen=True):
    """Evidence in one currency, with models by their ids in the catalogue.

    unconverted: costs that were left out, for want of a rate. aliases: names in the data, by id.
    """

    evidence: Evidence
    unconverted: int
    aliases: Mapping[str, str]


async def gather(settings: Settings, sources: Sources, currency: str | None = None) -> Gathered:
    """Return the evidence of files and stores; raises InvalidRequest, ConfigError or UpstreamFailed.

    currency: that costs are wanted in; the one that most are in, where left out.
    """
    found = Evidence()
    for place in sources.files:
        found += _read_place(place, settings)
    if sources.evals or sources.arena:
        make_home(settings)
        storage = await open_database(settings.database_url)
        try:
            if sources.evals:
                found += await read_eval_outcomes(storage)
            if sources.arena:
                found += await read_arena_votes(storage)
        finally:
            await storage.close()
    names = _find_ids(found, read_offers(settings).catalogue)
    renamed = _rename(found, names)
    converted, lost = _convert(renamed, currency or find_currency(renamed), read_rates(settings.fx))
    return Gathered(converted, lost, {given: name for name, given in names.items() if given != name})


def make_setting(settings: Settings, gathered: Gathered, currency: str | None = None) -> Setting:
    """Return today's prices of the evidence's models, in the currency of its costs where none is named."""
    now = datetime.now(UTC)
    catalogue, fx = read_offers(settings).catalogue, read_rates(settings.fx)
    currency = currency or find_currency(gathered.evidence)
    rates: dict[str, Rates] = {}
    for model in list_models(gathered.evidence):
        known = catalogue.find(model)
        found = None if known is None else catalogue.rates(known.id, now)
        converted = None if found is None else convert_rates(found, currency, fx)
        if converted is not None:
            rates[model] = converted
    return Setting(rates, gathered.aliases, now)


def find_currency(evidence: Evidence) -> str:
    """Return the currency of evidence's costs: the one that most are in, USD where there are none."""
    found = [one.cost.currency for one in evidence.outcomes if one.cost is not None]
    return max(CURRENCIES, key=lambda name: (found.count(name), name == CURRENCIES[0]))


def list_models(evidence: Evidence) -> list[str]:
    """Return the names of all models that evidence is about."""
    found = {one.model for one in evidence.outcomes}
    return sorted(found | {name for one in evidence.votes for name in (one.model_a, one.model_b)})


def _read_place(place: str, settings: Settings) -> Evidence:
    if urlsplit(place).scheme not in ("http", "https"):
        return read_evidence(Path(place))
    if settings.offline:
        raise ConfigError(f"found FEN_OFFLINE and the address {place}, expected a file")
    with TemporaryDirectory(prefix="fen-outcomes-") as folder:
        path = Path(folder) / (PurePosixPath(urlsplit(place).path).name or "outcomes")
        download(place, path)
        return read_evidence(path)


def _find_ids(evidence: Evidence, catalogue: Catalogue) -> dict[str, str]:
    """Return each model's id in the catalogue; its own name where it has none, or two would share one."""
    found: dict[str, str] = {}
    for name in list_models(evidence):
        card = catalogue.find(name)
        found[name] = name if card is None else card.id
    taken = list(found.values())
    return {name: given if taken.count(given) == 1 else name for name, given in found.items()}


def _rename(evidence: Evidence, ids: Mapping[str, str]) -> Evidence:
    replace = msgspec.structs.replace
    return Evidence(
        tuple([replace(one, model=ids[one.model]) for one in evidence.outcomes]),
        tuple([replace(one, model_a=ids[one.model_a], model_b=ids[one.model_b]) for one in evidence.votes]),
    )


def _convert(evidence: Evidence, currency: str, fx: Fx) -> tuple[Evidence, int]:
    """Return evidence with costs in one currency, and how many costs were left out for want of a rate."""
    lost = 0
    outcomes: list[Outcome] = []
    for one in evidence.outcomes:
        if one.cost is not None and one.cost.currency != currency:
            cost = change_money(one.cost, currency, fx)
            lost += cost is None
            one = msgspec.structs.replace(one, cost=cost)  # noqa: PLW2901
        outcomes.append(one)
    return Evidence(tuple(outcomes), evidence.votes), lost
