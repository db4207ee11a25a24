"""What Fen knows of a vendor: a row of data."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.upstreams.openai import Dialect
from fen.wire.ports import Speech


class Library(msgspec.Struct, frozen=True):
    """How a vendor with a wire format of its own is reached through any-llm (extra `vendors`).

    provider: any-llm's name of it. carried: members of a chat request, beside model and messages, that
    arrive; any other is refused by name, for any-llm drops what it does not know. None: any-llm, or the
    vendor's client, refuses them itself. renamed: what the vendor's client calls a member of OpenAI's.
    address: the option of its client that takes the base URL; None where any-llm's own `api_base` does.
    options: of its client, each from the first variable that is set. blocks: its client has no asynchronous
    form, so that each call gets a thread. fails_at_finish: it tells errors as a reason to finish, which
    any-llm would pass on as the answer's natural end.
    """

    provider: str
    carried: frozenset[str] | None = None
    renamed: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    blocks: bool = False
    fails_at_finish: bool = False


Options = dict[str, Any]
"""What a library's client is opened with, beside address and key."""


class Vendor(msgspec.Struct, frozen=True):
    """An upstream that speaks OpenAI's format, or Anthropic's, or is reached through a library.

    base_url: "" where the vendor's client finds the address by itself.
    key_env: the variable that holds the key; `<key_env>_FILE` names a file instead. other_key_envs: names
    in use for the same key, looked at when key_env is not set.
    base_url_env: the variable that holds the address of a server of one's own; such a vendor is enabled by
    it, with or without a key. Vendors with a fixed address have none: OPENAI_BASE_URL and its like point
    clients at Fen, and Fen would call itself. style: how it is asked to go on with an answer that was cut;
    fen.gateway.segment has them by name, with their sources. batches: it has OpenAI's batch API (files,
    batches, a list of them), and this member of a batch's metadata keeps a name of Fen's; None: no such API.
    """

    id: str
    name: str
    base_url: str
    key_env: str
    docs: str
    other_key_envs: tuple[str, ...] = ()
    base_url_env: str | None = None
    dialect: Dialect = Dialect()
    format: Speech = "openai"
    style: str = "turn"
    library: Library | None = None
    batches: str | None = None

    @property
    def local(self) -> bool:
        """Whether it is a server of one's own."""
        return self.base_url_env is not None
