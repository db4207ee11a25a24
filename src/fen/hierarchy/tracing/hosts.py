"""Addresses on the net, in one spelling each: URLs, and the hosts that a text names."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import msgspec

_CHINESE = re.compile("^[\u2e80-\uffff]+")
_HOST = re.compile(r"(?<![\w@.-])(?:[a-z][a-z0-9+.-]{1,15}://)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_][\w-]{1,})")
_URLS = re.compile(r"[a-z][a-z0-9+.-]{1,15}://[^\s<>\"'`，。；）】]+", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443}


class Address(msgspec.Struct, frozen=True):
    """A URL, taken apart.

    host: lower case, as IDNA's ASCII, without `www.`. shown: the host as people read it. forms: spellings of
    the whole address that mean the same. hidden: all behind the host, decoded.
    """

    scheme: str
    host: str
    shown: str
    forms: tuple[str, ...]
    hidden: str


def parse_address(text: str) -> Address | None:
    """Return the URL that a text is; None where it is none, or says a host without a path or a scheme."""
    text = text.strip()
    if "://" not in text and not text.startswith("//"):
        return None
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if not host:
        return None
    scheme = parts.scheme.casefold()
    ascii_host, shown = spell_host(host)
    after = "" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}"
    path = unquote(parts.path).rstrip("/")
    rest = path + (f"?{parts.query}" if parts.query else "")
    bare = {ascii_host, shown, "www." + ascii_host}
    given = "" if port is None else f":{port}"
    forms = {
        name + mark + rest
        for name in bare
        for mark in {after, given, after or f":{_DEFAULT_PORTS.get(scheme)}"}
    }
    forms |= {form + "/" for form in forms if not parts.query}
    hidden = unquote(f"{parts.path} {parts.query} {parts.fragment}")
    return Address(scheme, ascii_host, shown, tuple(sorted(forms, key=len, reverse=True)), hidden)


def spell_host(host: str) -> tuple[str, str]:
    """Return a host as IDNA's ASCII and as people read it, without `www.`; as it is where it has none."""
    host = host.casefold().removeprefix("www.")
    try:
        if host.isascii():
            return host, host.encode().decode("idna") if "xn--" in host else host
        return host.encode("idna").decode(), host
    except UnicodeError:
        return host, host


def find_hosts(text: str) -> frozenset[str]:
    """Return the hosts that a folded text names by URL or by themselves, as IDNA's ASCII without `www.`."""
    names = [found[1] for found in _HOST.finditer(text)]
    names += [_CHINESE.sub("", name) for name in names]  # Chinese puts no space before a host
    hosts = {spell_host(name)[0] for name in names if "." in name.strip(".")}
    hosts |= {address.host for address in map(parse_address, _URLS.findall(text)) if address is not None}
    return frozenset(hosts)
