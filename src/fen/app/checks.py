"""What `fen.toml` may say beyond the kinds of its values; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from pathlib import Path

from fen.accounts.tier import TierTable, make_tiers
from fen.app.arena_tables import ArenaTable
from fen.app.fx import PAIRS
from fen.app.guard_tables import GuardTable
from fen.app.route_checks import check_routes
from fen.app.tables import EmbeddedTable, FxTable, ModelTable, Price, ServerTable, Tables, UpstreamTable
from fen.app.toml import Place, TomlFile
from fen.catalogue import ABILITIES
from fen.gateway.segment import STYLES
from fen.upstreams import VENDORS, find_vendor
from fen.wire.errors import ConfigError
from fen.wire.money import CURRENCIES
from fen.wire.usage import METERS

_HOST_NAME = re.compile(r"(?!.*\.[0-9]+\Z)(?![0-9]+\Z)(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!\Z)|\Z))+")
_MODEL_ID = re.compile(r"[^\s/]+/\S+")
_CODENAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_PROVIDER = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_TOKENS_FIELDS = ("max_completion_tokens", "max_tokens")
_PRICED = (*METERS, "currency")


def check_tables(file: TomlFile, tables: Tables, own_models: Iterable[str]) -> None:
    """Check what is in the file; own_models are those that Fen runs without being told.

    Raises ConfigError.
    """
    _check_server(file, tables.server)
    for name, upstream in tables.upstreams.items():
        _check_upstream(file, name, upstream)
    embedded = {*own_models, *tables.embedded}
    for name, table in tables.embedded.items():
        _check_id(file, ("embedded", name))
        _check_embedded(file, name, table)
        if name in tables.upstreams:
            raise file.complain(("upstreams", name), "found the name of an embedded model, expected another")
    _check_tiers(file, tables.tiers)
    _check_guard(file, tables)
    _check_arena(file, tables.arena)
    for name, rate in tables.fx.items():
        _check_rate(file, name, rate)
    known = {*tables.upstreams, *embedded, *(vendor.id for vendor in VENDORS)}
    for name, model in tables.models.items():
        _check_id(file, ("models", name))
        _check_model(file, name, model, known)
    check_routes(file, tables.routes, frozenset({*tables.models, *embedded}))


def is_host(host: str) -> bool:
    """Whether a text is an IP address or a host's name."""
    try:
        ip_address(host)
    except ValueError:
        return len(host) <= 253 and _HOST_NAME.fullmatch(host) is not None
    return True


def _check_server(file: TomlFile, server: ServerTable) -> None:
    if not is_host(server.host):
        message = f"found {server.host!r}, expected an IP address or a host's name"
        raise file.complain(("server", "host"), message)
    for index, proxy in enumerate(server.trusted_proxies):
        try:
            ip_network(proxy, strict=False)
        except ValueError:
            message = f"found {proxy!r}, expected an IP address or a network such as 10.0.0.0/8"
            raise file.complain(("server", "trusted_proxies", index), message) from None


def _check_upstream(file: TomlFile, name: str, table: UpstreamTable) -> None:
    place = ("upstreams", name)
    if not name.isprintable() or not name or " " in name:
        raise file.complain(place, "found spaces or nothing in the name, expected a name without")
    if table.max_tokens_field not in (None, *_MAX_TOKENS_FIELDS):
        message = f"found {table.max_tokens_field!r}, expected one of {', '.join(_MAX_TOKENS_FIELDS)}"
        raise file.complain((*place, "max_tokens_field"), message)
    for several in ("base_urls", "api_key_envs"):
        if getattr(table, several) == []:
            raise file.complain((*place, several), "found an empty list, expected at least one in it")
    for ways in (("base_url", "base_urls"), ("api_key_env", "api_key_envs", "api_key_file")):
        found = [way for way in ways if getattr(table, way) is not None]
        if len(found) > 1:
            raise file.complain(place, f"found both {found[0]} and {found[1]}, expected one of them")
    _check_library(file, name, table)
    named: list[tuple[Place, str | None]] = [(("api_key_env",), table.api_key_env)]
    named += [(("api_key_envs", index), name) for index, name in enumerate(table.api_key_envs or ())]
    for steps, variable in named:
        if variable is not None and _VARIABLE.fullmatch(variable) is None:
            # It may be the key itself, so it is not shown.
            message = "found what is no variable's name, expected the name of the variable that holds the key"
            raise file.complain((*place, *steps), message)


def _check_library(file: TomlFile, name: str, table: UpstreamTable) -> None:
    vendor = find_vendor(name)
    place = ("upstreams", name)
    if table.provider is None and (vendor is None or vendor.library is None):
        if table.options:
            raise file.complain((*place, "options"), "found options without a provider, expected none")
        return
    if table.provider is not None and _PROVIDER.fullmatch(table.provider) is None:
        message = f"found {table.provider!r}, expected any-llm's name of a vendor, such as cohere"
        raise file.complain((*place, "provider"), message)
    for own in ("format", "stream_usage", "max_tokens_field"):
        if getattr(table, own) is not None:
            message = f"found {own} for a vendor that is reached through any-llm, expected none"
            raise file.complain((*place, own), message)


def _check_id(file: TomlFile, place: tuple[str, str]) -> None:
    if _MODEL_ID.fullmatch(place[1]) is None:
        raise file.complain(place, "found an id without a vendor, expected VENDOR/MODEL")


def _check_embedded(file: TomlFile, name: str, table: EmbeddedTable) -> None:
    paths: list[tuple[Place, str | None]] = [(("model",), table.model), (("mmproj",), table.mmproj)]
    paths += [(("loras", index), path) for index, path in enumerate(table.loras)]
    for steps, path in paths:
        if path is not None and not Path(path).is_file():
            raise file.complain(("embedded", name, *steps), f"found no file {path}, expected a GGUF file")
    if table.shipped_adapter and table.model is not None:
        message = "found true beside another model, expected it only for the one that Fen brings along"
        raise file.complain(("embedded", name, "shipped_adapter"), message)
    if table.cache_type == "q8_0" and table.flash_attention is False:
        message = "found 'q8_0' without flash attention, expected f16 or f32, or flash_attention = true"
        raise file.complain(("embedded", name, "cache_type"), message)


def _check_model(file: TomlFile, name: str, model: ModelTable, known: set[str]) -> None:
    place = ("models", name)
    if model.upstream is not None and model.upstream not in known:
        message = f"found {model.upstream!r}, expected an [upstreams.NAME] or a vendor of `fen upstreams`"
        raise file.complain((*place, "upstream"), message)
    for index, ability in enumerate(model.abilities or ()):
        if ability not in ABILITIES:
            message = f"found {ability!r}, expected one of {', '.join(ABILITIES)}"
            raise file.complain((*place, "abilities", index), message)
    if model.style not in (None, *STYLES):
        message = f"found {model.style!r}, expected one of {', '.join(STYLES)}"
        raise file.complain((*place, "style"), message)
    for index, other in enumerate(model.same_model):
        if other not in model.fallbacks:
            listed = ", ".join(model.fallbacks) or "none"
            message = f"found {other!r}, expected one of its fallbacks: {listed}"
            raise file.complain((*place, "same_model", index), message)
    for member, price in (("price", model.price), ("batch_price", model.batch_price)):
        if price is not None:
            _check_price(file, (*place, member), price)


def _check_tiers(file: TomlFile, tables: Mapping[str, TierTable]) -> None:
    try:
        make_tiers(tables)
    except ConfigError as error:
        place, _, message = error.message.partition(": ")
        raise file.complain(place.split("."), message) from None


def _check_guard(file: TomlFile, tables: Tables) -> None:
    guard, tiers = tables.guard, make_tiers(tables.tiers)
    _check_secrets(file, ("guard",), guard)
    for name, table in guard.tiers.items():
        place = ("guard", "tiers", name)
        if name not in tiers:
            expected = ", ".join(sorted(tiers))
            raise file.complain(place, f"found the name of no tier, expected one of {expected}")
        if table.tiers:
            raise file.complain((*place, "tiers"), "found tiers within a tier, expected none")
        _check_secrets(file, place, table)


def _check_arena(file: TomlFile, table: ArenaTable) -> None:
    place = ("arena", "models")
    for index, model in enumerate(table.models):
        if _MODEL_ID.fullmatch(model) is None:
            raise file.complain((*place, index), "found an id without a vendor, expected VENDOR/MODEL")
        if model in table.models[:index]:
            raise file.complain((*place, index), f"found {model!r} twice, expected it once")
    for codename, hidden in table.stealth.items():
        if _CODENAME.fullmatch(codename) is None:
            message = "found a name that is none, expected 2 to 40 of a-z, 0-9 and -, a letter first"
            raise file.complain(("arena", "stealth", codename), message)
        if _MODEL_ID.fullmatch(hidden.model) is None:
            message = "found an id without a vendor, expected VENDOR/MODEL"
            raise file.complain(("arena", "stealth", codename, "model"), message)
    found = len(table.models) + len(table.stealth)
    if found == 1:
        raise file.complain(
            ("arena",), "found one model, expected two or more, or none for the built-in pair"
        )
    if table.anchor is not None and table.models and table.anchor not in table.models:
        raise file.complain(("arena", "anchor"), f"found {table.anchor!r}, expected one of the models")


def _check_secrets(file: TomlFile, place: Place, table: GuardTable) -> None:
    for index, variable in enumerate(table.secret_envs or ()):
        if _VARIABLE.fullmatch(variable) is None:
            # It may be the secret itself, so it is not shown.
            message = "found what is no variable's name, expected the name of the variable with the secret"
            raise file.complain((*place, "secret_envs", index), message)


def _check_rate(file: TomlFile, name: str, table: FxTable) -> None:
    if name not in PAIRS:
        raise file.complain(("fx", name), f"found an unknown pair, expected one of {', '.join(PAIRS)}")
    if not _is_amount(table.rate) or not Decimal(str(table.rate)):
        message = f"found {table.rate!r}, expected a decimal number above 0"
        raise file.complain(("fx", name, "rate"), message)


def _check_price(file: TomlFile, place: Place, price: Price) -> None:
    file.check_names(place, _PRICED)
    if price.get("currency") not in CURRENCIES:
        found = repr(price["currency"]) if "currency" in price else "none"
        raise file.complain((*place, "currency"), f"found {found}, expected one of {', '.join(CURRENCIES)}")
    for meter, amount in price.items():
        if meter != "currency" and not _is_amount(amount):
            message = f"found {amount!r}, expected a decimal number of at least 0, per million tokens"
            raise file.complain((*place, meter), message)


def _is_amount(value: object) -> bool:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0
