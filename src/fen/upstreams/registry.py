"""Which vendors are enabled: those whose key, or whose address, the environment holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fen.upstreams._any_llm_door import has_any_llm
from fen.upstreams.anthropic import AnthropicUpstream
from fen.upstreams.any_llm import AnyLLMUpstream
from fen.upstreams.openai import Dialect, OpenAIUpstream
from fen.upstreams.vendor import Library, Options, Vendor
from fen.upstreams.vendors import VENDORS
from fen.wire.errors import ConfigError
from fen.wire.ports import Speech


class EnabledVendor(msgspec.Struct, frozen=True):
    """A vendor with its key and its address; the key is not shown. options: of its library's client."""

    vendor: Vendor
    base_url: str
    key: str | None
    options: Options = {}

    def __repr__(self) -> str:
        key = "None" if self.key is None else "'...'"
        return f"EnabledVendor({self.vendor.id!r}, {self.base_url!r}, key={key})"

    def open(self) -> OpenAIUpstream | AnthropicUpstream | AnyLLMUpstream:
        """Return the upstream.

        Raises ConfigError for an address or a key that no request may carry.
        """
        try:
            if self.vendor.library is not None:
                return AnyLLMUpstream(self.vendor.library, self.base_url, self.key, self.options)
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


def find_library(provider: str) -> Library:
    """Return what is known of one of any-llm's providers; of one without a row, its name alone."""
    known = (vendor.library for vendor in VENDORS if vendor.library is not None)
    return next((library for library in known if library.provider == provider), Library(provider))


def read_options(library: Library, environ: Mapping[str, str]) -> Options:
    """Return the options of a library's client that the environment holds."""
    found: Options = {}
    for option, variables in library.options:
        value = next((environ[name] for name in variables if environ.get(name)), None)
        if value is not None:
            found[option] = value
    return found


def enabled(environ: Mapping[str, str], installed: bool | None = None) -> tuple[EnabledVendor, ...]:
    """Return the vendors that the environment enables, in the registry's order.

    installed: whether the extra `vendors` is, without which the vendors that need it are left out; None
    looks. Such a vendor also needs the variables of its client's options: a key alone, such as Google's, may
    be there for other programs. An empty variable counts as not set. Raises ConfigError when a key's file
    cannot be read.
    """
    installed = has_any_llm() if installed is None else installed
    found: list[EnabledVendor] = []
    for vendor in VENDORS:
        if vendor.library is not None and not installed:
            continue
        key = _find_key(vendor, environ)
        if vendor.base_url_env is None:
            options = read_options(vendor.library, environ) if vendor.library else {}
            if key is not None and (vendor.library is None or len(options) == len(vendor.library.options)):
                found.append(EnabledVendor(vendor, vendor.base_url, key, options))
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
