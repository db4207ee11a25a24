"""Voters: opaque names that only this server gives out, and addresses that it does not keep.

A token is a random name and the first half of its HMAC-SHA-256; whoever has no token of ours has no name. An
address is kept as its keyed hash alone, of IPv6 the network of 64 bits that one household has. Source: RFC
2104; RFC 6177 on the size of networks.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from ipaddress import IPv6Address, ip_address, ip_network

_SHAPE = re.compile(r"(v_[A-Za-z0-9_-]{22})\.([0-9a-f]{32})")


class Voters:
    """Names voters and hashes addresses under a secret, which replicas share."""

    def __init__(self, secret: bytes) -> None:
        self._names = _derive(secret, b"fen.arena.voter")
        self._addresses = _derive(secret, b"fen.arena.address")

    def issue(self) -> str:
        """Return the token of a new voter."""
        return self.sign(f"v_{secrets.token_urlsafe(16)}")

    def sign(self, voter: str) -> str:
        """Return a voter's token."""
        return f"{voter}.{self._mark(voter)}"

    def read(self, token: str | None) -> str | None:
        """Return the voter of a token; None where it is none of ours."""
        found = _SHAPE.fullmatch(token or "")
        if found is None or not hmac.compare_digest(found[2], self._mark(found[1])):
            return None
        return found[1]

    def hash_address(self, address: str) -> str:
        """Return an address as it is kept."""
        return hmac.new(self._addresses, _widen(address).encode(), hashlib.sha256).hexdigest()[:32]

    def _mark(self, voter: str) -> str:
        return hmac.new(self._names, voter.encode(), hashlib.sha256).hexdigest()[:32]


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, purpose, hashlib.sha256).digest()


def _widen(address: str) -> str:
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if isinstance(read, IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ip_network((read, 64), strict=False))
    return str(read)
