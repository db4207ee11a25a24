"""Which vendors are enabled: those whose key, or whose address, the environment holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fen.upstreams.anthropic import AnthropicUpstream
from fen.upstreams.openai import Dialect, OpenAIUpstream
from fen.upstreams.vendors import VENDORS, Vendor
from fen.wire.errors import ConfigError
from fen.wire.ports import Speech


class EnabledVendor(msgspec.Struct, frozen=True):
    """A vendor with its key and its address; the key is not shown."""

    vendor: Vendor
    base_url: str
    key: str | None

    def __repr__(self) -> str:
        key = "None" if self.key is None else "'...'"
        return f"EnabledVendor({self.vendor.id!r}, {self.base_url!r}, key={key})"

    def open(self) -> OpenAIUpstream | AnthropicUpstream:
        """Return the upstream.

        Raises ConfigError for an address or a key that no request may carry.
        """
        try:
            return open_address(self.vendor.format, self.base_url, self.key, self.vendor.dialect)
        except ValueError as error:
            raise ConfigError(f"upstream {self.vendor.id}: {error}") from None


def open_address(
    speech: Speech, base_url: str, key: str | None, dialect: Dialect
) -> OpenAIUpstream | AnthropicUpstream:
    """Return the upstream at an address; raises ValueError for an address or a key that is malformed."""
    if speech == "anthropic":
        return AnthropicUpstream(base_url, key)
    return OpenAIUpstream(base_url, key, dialect)


def find_vendor(vendor_id: str) -> Vendor | None:
    """Return the row of that id."""
    return next((vendor for vendor in VENDORS if vendor.id == vendor_id), None)


def enabled(environ: Mapping[str, str]) -> tuple[EnabledVendor, ...]:
    """Return the vendors that the environment enables, in the registry's order.

    An empty variable counts as not set. Raises ConfigError when a key's file cannot be read.
    """
    found: list[EnabledVendor] = []
    for vendor in VENDORS:
        key = _find_key(vendor, environ)
        if vendor.base_url_env is None:
            if key is not None:
                found.append(EnabledVendor(vendor, vendor.base_url, key))
        elif address := environ.get(vendor.base_url_env):
            found.append(EnabledVendor(vendor, _complete(address), key))
    return tuple(found)


def read_key(variable: str, environ: Mapping[str, str]) -> str | None:
    """Return the key in a variable, or in the file that `<variable>_FILE` names; None where neither is set.

    Raises ConfigError when both are set, or when the file cannot be read or is empty.
    """
    given = environ.get(variable, "").strip() or None
    path = environ.get(f"{variable}_FILE")
    if not path:
        return given
    if given is not None:
        raise ConfigError(f"found both {variable} and {variable}_FILE, expected one of them")
    try:
        key = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{variable}_FILE: {error}, expected a readable file that holds the key") from None
    if not key:
        raise ConfigError(f"{variable}_FILE: found {path} empty, expected the key in it")
    return key


def _find_key(vendor: Vendor, environ: Mapping[str, str]) -> str | None:
    for variable in (vendor.key_env, *vendor.other_key_envs):
        key = read_key(variable, environ)
        if key is not None:
            return key
    return None


def _complete(address: str) -> str:
    """Add `/v1` to a bare address: OLLAMA_BASE_URL and its like are often written without."""
    bare = urlsplit(address).path in ("", "/")
    return address.rstrip("/") + "/v1" if bare else address
