"""The routes of the settings, and those that ship: who may answer each, and what it is to reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from fen.app.route_tables import RouteTable
from fen.app.settings import EMBEDDED, Settings
from fen.app.tables import ModelTable
from fen.app.toml import Place, locate
from fen.app.upstreams import list_upstreams
from fen.catalogue import Card, Catalogue, is_retired
from fen.routing import Absolute, RoutePolicy

AUTO, MINI = "fen/auto", "fen/mini"
"""The routes that ship."""

_USUAL = RoutePolicy("", (), Absolute(0.8))
_PRESETS: Mapping[str, RoutePolicy] = {
    AUTO: _USUAL,
    # 128K of context and 16K of output, as GPT-4o mini has them: https://platform.openai.com/docs/models
    MINI: msgspec.structs.replace(_USUAL, context=128_000, output=16_384),
}
_GUARDED = frozenset((MINI,))
_USUAL_MODEL = ModelTable()


class RoutePlan(msgspec.Struct, frozen=True):
    """A route as the settings want it.

    artefact: where what it decides by would be; named: whether the settings say so. guard: whether its calls
    are guarded whatever their tier says. meant: whether the settings have it, so that somebody will ask it.
    """

    policy: RoutePolicy
    artefact: Path
    named: bool
    guard: bool
    meant: bool = False


def read_routes(settings: Settings, catalogue: Catalogue) -> dict[str, RoutePlan]:
    """Return the routes by name; one that ships is there where somebody enabled can serve it.

    Raises ConfigError for a name that is a model's, and for a member that the catalogue does not have.
    """
    enabled = {offer.id for offer in list_upstreams(settings) if offer.enabled}
    plans: dict[str, RoutePlan] = {}
    usual: tuple[str, ...] | None = None
    for name in dict.fromkeys((*_PRESETS, *settings.routes)):
        table = settings.routes.get(name, RouteTable())
        preset = _PRESETS.get(name, _USUAL)
        if table.pool is None:
            usual = usual if usual is not None else _list_usual(settings, catalogue, enabled)
            pool = usual
        else:
            pool = _read_pool(settings, name, table.pool, catalogue)
        policy = table.make(name, pool, preset)
        policy = msgspec.structs.replace(policy, pool=_narrow(policy, catalogue, settings))
        if name in settings.routes:
            _check(settings, name, policy, catalogue)
        elif not policy.pool:
            continue
        guard = name in _GUARDED if table.guard is None else table.guard
        path = settings.home / "routes" / name if table.artefact is None else Path(table.artefact)
        plans[name] = RoutePlan(policy, path, table.artefact is not None, guard, name in settings.routes)
    return plans


def _list_usual(settings: Settings, catalogue: Catalogue, enabled: Collection[str]) -> tuple[str, ...]:
    """Return every enabled model whose price is known, by id.

    Of the catalogue's, those whose abilities are known: others may make images or read speech. The model that
    Fen brings along is meant for trying out, and is left out where there is another.
    """
    now = datetime.now(UTC)
    found: list[str] = []
    for card in catalogue.cards():
        stated = (
            card.abilities is not None or card.id in settings.models or card.upstream in settings.embedded
        )
        if card.upstream not in enabled or not stated or is_retired(card, now.date()):
            continue
        rates = catalogue.rates(card.id, now)
        if rates is not None and {"input", "output"} <= rates.per_million.keys():
            found.append(card.id)
    others = [name for name in found if name != EMBEDDED]
    return tuple(sorted(others or found))


def _read_pool(settings: Settings, name: str, pool: list[str], catalogue: Catalogue) -> tuple[str, ...]:
    cards = [
        _find(settings, ("routes", name, "pool", index), member, catalogue)
        for index, member in enumerate(pool)
    ]
    return tuple(dict.fromkeys(card.id for card in cards))


def _narrow(policy: RoutePolicy, catalogue: Catalogue, settings: Settings) -> tuple[str, ...]:
    """Return the pool without what is excluded, or has not the context and output that members must have."""
    today = datetime.now(UTC).date()

    def fits(card: Card) -> bool:
        if {card.id, card.vendor} & policy.exclude:
            return False
        window, output = card.context_window, card.longest_output(today)
        if policy.context is not None and (window is None or window.value < policy.context):
            return False
        if policy.output is None or settings.models.get(card.id, _USUAL_MODEL).continuation:
            return True
        return output is not None and output.value >= policy.output

    cards = (catalogue.find(name) for name in policy.pool)
    return tuple(card.id for card in cards if card is not None and fits(card))


def _check(settings: Settings, name: str, policy: RoutePolicy, catalogue: Catalogue) -> None:
    place = ("routes", name)
    if name in {card.id for card in catalogue.cards()}:
        raise locate(settings.config, place, "found the id of a model, expected another name")
    if not policy.pool:
        message = "found no model left in its pool, expected at least one"
        raise locate(settings.config, place, message)
    table = settings.routes[name]
    named: list[tuple[Place, str | None]] = [(("reference",), table.reference)]
    if table.target is not None:
        named.append((("target", "relative_to"), table.target.relative_to))
    if table.cascade is not None:
        named.append((("cascade", "second"), table.cascade.second))
    for steps, member in named:
        if member is not None and _find(settings, (*place, *steps), member, catalogue).id not in policy.pool:
            message = f"found {member!r}, expected one of its pool: {', '.join(policy.pool)}"
            raise locate(settings.config, (*place, *steps), message)


def _find(settings: Settings, place: Place, name: str, catalogue: Catalogue) -> Card:
    card = catalogue.find(name)
    if card is None:
        raise locate(
            settings.config, place, f"found {name!r}, expected a model that `fen models --all` lists"
        )
    return card
