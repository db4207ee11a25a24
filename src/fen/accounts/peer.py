"""The rule for callers without a key: this machine's own, and nobody who only looks like one.

Behind a proxy everybody looks local, and any web page can make a browser post to localhost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec

from fen.wire.errors import Forbidden, Unauthenticated

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@/?#\s]+)(?::([0-9]{1,5}))?\Z")
_ORIGIN = re.compile(r"(https?)://(.+)\Z", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_REMEDY = "or a key (fen keys create)"


class Peer(msgspec.Struct, frozen=True):
    """Where a request came from.

    host: the connection's address. host_header, origin: the headers. forwarded: whether there is a
    `Forwarded`, `X-Forwarded-*` or `X-Real-IP` header, by which a proxy speaks for somebody else.
    """

    host: str
    host_header: str | None = None
    origin: str | None = None
    forwarded: bool = False


def admit_keyless(peer: Peer, bind_host: str, trusted_proxies: Sequence[str] = ()) -> None:
    """Let a caller pass without a key, or raise.

    Passes who connects from loopback to a loopback address, names it in `Host` by a loopback address or
    `localhost`, comes through no proxy, and from no page but Fen's own. Raises Unauthenticated for a caller
    from elsewhere, Forbidden for one whom a browser may have been tricked into sending.
    """
    if not is_loopback(bind_host):
        raise Unauthenticated(f"found no key, expected one: Fen listens on {bind_host}, not on loopback only")
    if not _is_loopback_address(peer.host):
        raise Unauthenticated(
            f"found no key and a request from {peer.host[:64]!r}, expected this machine {_REMEDY}"
        )
    if peer.forwarded or is_trusted(peer.host, trusted_proxies):
        raise Unauthenticated(f"found no key and a proxy in between, expected a direct connection {_REMEDY}")
    port = _find_local_port(peer.host_header, 80)
    if port is None:
        found = _shorten(peer.host_header)
        raise Forbidden(f"Host: found {found}, expected a loopback address or localhost, {_REMEDY}")
    if peer.origin is not None and not _is_own_origin(peer.origin, peer.host_header or ""):
        raise Forbidden(f"Origin: found {_shorten(peer.origin)}, expected none, Fen's own, {_REMEDY}")


def is_loopback(host: str) -> bool:
    """Whether a host to bind to is this machine's loopback: 127.0.0.0/8, ::1 or localhost."""
    return host.lower() == "localhost" or _is_loopback_address(host)


def is_trusted(host: str, trusted_proxies: Sequence[str]) -> bool:
    """Whether an address is one of the named proxies; each is an address or a network (10.0.0.0/8).

    Raises ValueError for a proxy that is neither.
    """
    address = _read_address(host)
    if address is None:
        return False
    return any(address in ip_network(proxy, strict=False) for proxy in trusted_proxies)


def client_host(peer_host: str, forwarded_for: str | None, trusted_proxies: Sequence[str]) -> str:
    """Return the address of the client, seen through the proxies that are trusted.

    forwarded_for: `X-Forwarded-For`, to which each proxy adds the address it was called from at the end. It
    is read from the end for as long as the hop that wrote it is trusted; what stands before, the client can
    have made up.
    """
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    host = peer_host
    while hops and is_trusted(host, trusted_proxies):
        hop = hops.pop()
        if _read_address(hop) is None:
            break  # not an address: the last one that is known stands
        host = hop
    return host


def _is_own_origin(origin: str, host_header: str) -> bool:
    """Whether a page comes from where the request goes to: this machine, and the same port."""
    match = _ORIGIN.match(origin)  # `null`, of a sandboxed page or a file, does not match
    if match is None:
        return False
    default = _PORTS[match[1].lower()]
    port = _find_local_port(match[2], default)
    return port is not None and port == _find_local_port(host_header, default)


def _find_local_port(authority: str | None, default: int) -> int | None:
    """Return the port of `HOST[:PORT]` where HOST is loopback, else None.

    A name other than localhost is never loopback, whatever it resolves to: its owner decides that, and may
    change it between the page and its requests (DNS rebinding).
    """
    match = _AUTHORITY.match(authority or "")
    if match is None:
        return None
    host = match[1].strip("[]")
    if ":" in host and not match[1].startswith("["):
        return None
    port = int(match[2]) if match[2] else default
    return port if is_loopback(host) and 0 < port < 65536 else None


def _is_loopback_address(host: str) -> bool:
    address = _read_address(host)
    return address is not None and address.is_loopback


def _read_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped  # a dual-stack socket shows IPv4 peers so
    return address


def _shorten(header: str | None) -> str:
    return "none" if header is None else repr(header[:64])
