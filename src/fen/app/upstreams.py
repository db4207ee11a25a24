"""The upstreams of a configuration: vendors by their keys, addresses by `fen.toml`, models of our own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping

import msgspec

from fen.app.batch_apis import BatchAddress, name_batches, open_batches
from fen.app.embedded import list_embedded, open_embedded
from fen.app.habit import make_habit
from fen.app.keys import find_keys
from fen.app.opened import Opened
from fen.app.settings import Settings
from fen.app.tables import EmbeddedTable, UpstreamTable
from fen.app.toml import locate
from fen.upstreams import (
    VENDORS,
    AnyLLMUpstream,
    BalancedUpstream,
    Dialect,
    EmbeddedUpstream,
    EnabledVendor,
    Library,
    Options,
    Vendor,
    enabled,
    find_library,
    find_vendor,
    open_address,
    read_key,
    read_options,
)
from fen.wire.ports import BatchUpstream, Speech, Upstream


class _Address(msgspec.Struct, frozen=True):
    """An upstream that is reached over HTTP, by Fen itself or by a library; the key is not shown.

    base_url: "" where the library's client knows it.
    """

    base_url: str
    key: str | None
    dialect: Dialect
    format: Speech = "openai"
    library: Library | None = None
    options: Options = {}
    batches: str | None = None

    def __repr__(self) -> str:
        return f"_Address({self.base_url!r})"


class _Addresses(msgspec.Struct, frozen=True):
    """Addresses between which calls are balanced; sticky: conversations stay with one of them."""

    members: tuple[_Address, ...]
    sticky: bool = True


_Plan = _Addresses | EmbeddedTable
"""What is reached over HTTP, or a model of our own."""


class UpstreamOffer(msgspec.Struct, frozen=True):
    """An upstream as `fen upstreams` lists it; there is no key in it.

    enabled_by: what enables it, or would: variables, or the place in `fen.toml`.
    """

    id: str
    name: str
    enabled: bool
    enabled_by: tuple[str, ...]
    base_url: str | None = None
    docs: str | None = None


class Upstreams:
    """Opens upstreams, and keeps those that a new configuration leaves as they were."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened = Opened[_Plan, Upstream]()
        self._batches = Opened[BatchAddress, BatchUpstream]()
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """Open what is new; what is gone stays open for its running calls until the end.

        Raises ConfigError before anything has changed.
        """
        plans = _plan(settings)
        addresses = _find_batches(plans)
        upstreams = self._opened.prepare(plans, lambda name, plan: _open(name, plan, settings))
        batches = self._batches.prepare(addresses, lambda _, at: open_batches(at))
        self._opened.adopt(plans, upstreams)
        self._batches.adopt(addresses, batches)
        self._settings = settings

    def table(self) -> Mapping[str, Upstream]:
        """Return the upstreams by id."""
        return self._opened.table()

    def batches(self) -> Mapping[str, BatchUpstream]:
        """Return the batch APIs by the upstream's id; of several keys or addresses, the first one's."""
        return self._batches.table()

    def embedded_models(self) -> Mapping[str, EmbeddedTable]:
        """Return the models that Fen itself runs."""
        return list_embedded(self._settings)

    def embedded_cpu_seconds(self) -> float:
        """Return the CPU that the embedded models' processes have used, those of earlier settings too."""
        opened = self._opened.list_all()
        return sum(upstream.cpu_seconds() for upstream in opened if isinstance(upstream, EmbeddedUpstream))

    async def close(self) -> None:
        """Close all, those of earlier configurations too."""
        await asyncio.gather(self._batches.close(), self._opened.close())


def list_upstreams(settings: Settings) -> list[UpstreamOffer]:
    """Return the models that Fen runs, the upstreams of `fen.toml` and every vendor, enabled or not.

    Raises ConfigError where the settings do not allow a start.
    """
    plans = _plan(settings)
    offers: list[UpstreamOffer] = []
    for name in list_embedded(settings):
        way = f'[embedded."{name}"]' if name in settings.embedded else "always"
        offers.append(UpstreamOffer(name, "on this machine", True, (way,)))
    offers += [
        UpstreamOffer(name, name, True, (f"[upstreams.{name}]",), _base_url(plans.get(name)))
        for name in settings.upstreams
        if find_vendor(name) is None
    ]
    for vendor in VENDORS:
        plan = plans.get(vendor.id)
        ways = _list_variables(vendor)
        ways += (f"[upstreams.{vendor.id}]",) if vendor.id in settings.upstreams else ()
        address = _base_url(plan) or vendor.base_url or None
        name = f"{vendor.name} (extra vendors)" if vendor.library is not None else vendor.name
        offers.append(UpstreamOffer(vendor.id, name, plan is not None, ways, address, vendor.docs))
    return offers


def _list_variables(vendor: Vendor) -> tuple[str, ...]:
    """Return what enables a vendor: any one of these."""
    if vendor.base_url_env is not None:
        return (vendor.base_url_env,)
    options = vendor.library.options if vendor.library is not None else ()
    beside = [variables[0] for _, variables in options]
    return tuple(" with ".join((key, *beside)) for key in (vendor.key_env, *vendor.other_key_envs))


def _plan(settings: Settings) -> dict[str, _Plan]:
    found = {vendor.vendor.id: vendor for vendor in enabled(settings.environ)}
    plans: dict[str, _Plan] = {name: _Addresses((_address(vendor),)) for name, vendor in found.items()}
    for name, table in settings.upstreams.items():
        addresses = _plan_table(name, table, found.get(name), settings)
        if addresses:
            plans[name] = _Addresses(addresses, table.sticky)
    return plans | list_embedded(settings)


def _plan_table(
    name: str, table: UpstreamTable, found: EnabledVendor | None, settings: Settings
) -> tuple[_Address, ...]:
    """Return what a table makes of an upstream; nothing for a change to a vendor that nothing enables."""
    vendor = find_vendor(name)
    keys: list[str | None] = [*find_keys(name, table, settings)]
    if not keys:
        key = found.key if found else None
        keys = [read_key(vendor.key_env, settings.environ) if key is None and vendor is not None else key]
    base_urls = table.base_urls or [table.base_url or (found.base_url if found else None)]
    if base_urls == [None] and vendor is not None:
        if keys == [None] and not vendor.local:
            return ()
        base_urls = [vendor.base_url]
    plain = _plain_address(table, vendor, settings)
    if table.batches and (plain.format != "openai" or plain.library is not None):
        message = "found true for another wire format, expected an upstream that speaks OpenAI's"
        raise locate(settings.config, ("upstreams", name, "batches"), message)
    addresses: dict[tuple[str, str | None], _Address] = {}
    for base_url, key in itertools.product(base_urls, keys):
        if base_url is None and plain.library is None:
            message = "found no base_url, expected http(s)://host[:port][/path]"
            raise locate(settings.config, ("upstreams", name), message)
        batches = name_batches(table, base_url, vendor)
        addresses[base_url or "", key] = msgspec.structs.replace(
            plain, base_url=base_url or "", key=key, batches=batches
        )
    return tuple(addresses.values())


def _plain_address(table: UpstreamTable, vendor: Vendor | None, settings: Settings) -> _Address:
    """Return how a table's addresses are spoken to, whichever they are and whatever their keys."""
    if table.provider is not None:
        library = find_library(table.provider)
    else:
        library = vendor.library if vendor is not None else None
    known = vendor.dialect if vendor else Dialect()
    dialect = Dialect(
        known.stream_usage if table.stream_usage is None else table.stream_usage,
        table.max_tokens_field or known.max_tokens_field,
    )
    speech = table.format or (vendor.format if vendor else "openai")
    options = read_options(library, settings.environ) if library is not None else {}
    return _Address("", None, dialect, speech, library, options | table.options)


def _address(found: EnabledVendor) -> _Address:
    vendor = found.vendor
    plain = _Address(found.base_url, found.key, vendor.dialect, vendor.format, vendor.library, found.options)
    return msgspec.structs.replace(plain, batches=vendor.batches)


def _find_batches(plans: Mapping[str, _Plan]) -> dict[str, BatchAddress]:
    firsts = {name: plan.members[0] for name, plan in plans.items() if isinstance(plan, _Addresses)}
    return {
        name: BatchAddress(at.base_url, at.key, at.dialect, at.batches)
        for name, at in firsts.items()
        if at.batches is not None
    }


def _base_url(plan: _Plan | None) -> str | None:
    if plan is None or isinstance(plan, EmbeddedTable):
        return None
    return ", ".join(dict.fromkeys(address.base_url for address in plan.members))


def _open(name: str, plan: _Plan, settings: Settings) -> Upstream:
    if isinstance(plan, EmbeddedTable):
        return open_embedded(name, plan, settings)
    try:
        opened = [_open_one(at) for at in plan.members]
    except ValueError as error:
        place = ("upstreams", name) if name in settings.upstreams else ()
        raise locate(settings.config if place else None, place or (name,), str(error)) from None
    if len(opened) == 1:
        return opened[0]
    numbered = enumerate(plan.members, 1)
    names = [f"upstreams.{name}: {at.base_url} (member {number})" for number, at in numbered]
    habit = make_habit(name, names) if plan.sticky else None
    return BalancedUpstream(dict(zip(names, opened, strict=True)), habit=habit)


def _open_one(at: _Address) -> Upstream:
    if at.library is not None:
        return AnyLLMUpstream(at.library, at.base_url or None, at.key, at.options)
    return open_address(at.format, at.base_url, at.key, at.dialect)
