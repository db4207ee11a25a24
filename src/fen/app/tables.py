"""The tables of `fen.toml`, one struct each, with their defaults and limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import msgspec

from fen.accounts.tier import TierTable
from fen.app.arena_tables import ArenaTable
from fen.app.guard_tables import GuardTable
from fen.app.route_tables import RouteTable
from fen.batch import Limits
from fen.catalogue import OnRetired
from fen.gateway.cache import Rule
from fen.gateway.retry import Policy
from fen.upstreams import CacheType
from fen.wire.ports import Speech

Price = dict[str, Any]  # amounts as text or numbers, and a currency; fen.app.checks looks at each
Count = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=7 * 24 * 3600)]  # a bound keeps infinity and NaN out
Grace = Annotated[float, msgspec.Meta(ge=0, le=24 * 3600)]
Lease = Annotated[float, msgspec.Meta(ge=1, le=24 * 3600)]
Layers = Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)]


class UpstreamTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[upstreams.NAME]`: an address, or a change to a known vendor.

    base_urls, api_key_envs: several addresses, or keys, between which calls are balanced; each key goes with
    each address. sticky: whether a conversation stays with the one of them that has read it. format: whose
    wire format it speaks, `openai` unless said. provider: any-llm's name of a vendor with a wire format of
    its own; options: what its client is opened with. batches: whether it has OpenAI's batch API; left out, a
    known vendor at its own address may.
    """

    base_url: str | None = None
    base_urls: list[str] | None = None
    api_key_env: str | None = None
    api_key_envs: list[str] | None = None
    api_key_file: str | None = None
    sticky: bool = True
    stream_usage: bool | None = None
    max_tokens_field: str | None = None
    format: Speech | None = None
    provider: str | None = None
    options: dict[str, Any] = {}
    batches: bool | None = None


class ModelTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[models."VENDOR/MODEL"]`: a model added or overridden, and what becomes of calls for it.

    fallbacks: ids of models that answer in its place, in order, where it fails. same_model: those of them
    that are the same model elsewhere, where a conversation stays while that is cheaper. continuation: whether
    an answer may be longer than one call gives; `style`, one of fen.gateway.segment.STYLES, says how the
    upstream is asked to go on.
    """

    upstream: str | None = None
    upstream_model: str | None = None
    context_window: Count | None = None
    max_output_tokens: Count | None = None
    abilities: list[str] | None = None
    price: Price | None = None
    batch_price: Price | None = None
    fallbacks: list[str] = []
    same_model: list[str] = []
    continuation: bool = True
    style: str | None = None


class EmbeddedTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[embedded."fen/NAME"]`: a GGUF file that Fen itself runs.

    gpu_layers: -1 is all of them. loras: GGUF adapters added to it. cache_type: how it keeps the keys
    and values of what it has read. flash_attention: left out, llama.cpp chooses. shipped_adapter: whether the
    model that Fen brings along has the adapter that Fen brings along.
    """

    model: str | None = None
    mmproj: str | None = None
    context_length: Count = 8192
    slots: Count = 4
    threads: Count | None = None
    gpu_layers: Layers | None = None
    loras: list[str] = []
    cache_type: CacheType = "f16"
    flash_attention: bool | None = None
    shipped_adapter: bool = False


class ServerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[server]`: where Fen listens and what it takes on.

    on_retired: what a call to a model gets that its vendor serves no more. lease_seconds: how long a replica
    on another machine may be silent before its holds are settled for it; the same for all replicas.
    """

    host: str = "127.0.0.1"
    port: Port = 8000
    max_body_bytes: Count = 32 * 1024 * 1024
    max_in_flight: Count = 4096
    trusted_proxies: list[str] = []
    shutdown_seconds: Grace = 30.0
    on_retired: OnRetired = "refuse"
    lease_seconds: Lease = 30.0


class PagesTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[pages]`: what people look at. enabled: without them, the API alone is served.

    port: where they are when several workers serve the API; the next one after the API's where none is given.
    https: whether people come over HTTPS alone, as behind a proxy; then a session never goes over HTTP.
    """

    enabled: bool = True
    port: Port | None = None
    https: bool = False


class DeadlinesTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deadlines]`: seconds for an upstream to connect, to begin, between bytes, in all."""

    connect: Seconds = 10.0
    first: Seconds = 120.0
    between: Seconds = 60.0
    total: Seconds = 1800.0


class RetryTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[retry]`: how hard to try; the meanings are those of fen.gateway.retry.Policy."""

    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] = Policy().retries
    attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = Policy().attempts
    base: Grace = Policy().base
    cap: Grace = Policy().cap
    longest_wait: Grace = Policy().longest_wait


class AnswerCacheTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[answer_cache]`: whose answers are kept; the meanings are those of fen.gateway.cache.Rule."""

    keys: list[str] = []
    keyless: bool = Rule().keyless
    most_bytes: Count = Rule().most_bytes
    most_answer_bytes: Count = Rule().most_answer_bytes
    seconds: Seconds = Rule().seconds


class BatchTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[batch]`: limits of deferred work; the meanings are those of fen.batch.Limits."""

    max_file_bytes: Count = Limits().max_file_bytes
    max_lines: Count = Limits().max_lines
    concurrency: Count = Limits().concurrency
    vendors: bool = Limits().vendors
    vendor_poll_seconds: Seconds = Limits().vendor_poll


class TrainingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[training]`: what may teach a model. answers: the right ones of those that evaluations keep."""

    answers: bool = False


class FxTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[fx]`, such as `CNY_PER_USD`: how many units of the first currency one of the second is, from when on.

    source: who says so.
    """

    rate: str | int | float
    on: date
    source: str


class Tables(msgspec.Struct, frozen=True):
    """All of `fen.toml`."""

    server: ServerTable = ServerTable()
    pages: PagesTable = PagesTable()
    deadlines: DeadlinesTable = DeadlinesTable()
    retry: RetryTable = RetryTable()
    answer_cache: AnswerCacheTable = AnswerCacheTable()
    batch: BatchTable = BatchTable()
    guard: GuardTable = GuardTable()
    arena: ArenaTable = ArenaTable()
    training: TrainingTable = TrainingTable()
    upstreams: Mapping[str, UpstreamTable] = {}
    models: Mapping[str, ModelTable] = {}
    embedded: Mapping[str, EmbeddedTable] = {}
    fx: Mapping[str, FxTable] = {}
    tiers: Mapping[str, TierTable] = {}
    routes: Mapping[str, RouteTable] = {}
