"""Tests talk to this machine only: any other address is an error, whoever asks for it."""

import ipaddress
import socket
import sys
from typing import Any

import uvloop

_HOSTS = frozenset({None, "", "localhost", "ip6-localhost", "ip6-loopback"})
_NUMERIC = {"socket.connect", "socket.sendto", "socket.bind", "socket.sendmsg"}
_NAMES = {"socket.getaddrinfo", "socket.gethostbyname"}


class NetworkForbiddenError(AssertionError):
    """A test wanted to reach another machine."""


def is_loopback(host: object) -> bool:
    """Whether a host, as given to the socket library, can only mean this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in _HOSTS:
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def forbid_network() -> None:
    """Block this process, until it ends, from every address but loopback and Unix sockets.

    An audit hook sees what the standard library does, however it was imported; uvloop has a resolver and
    sockets of its own. Code in other languages and child processes are not seen: see FEN_OFFLINE.
    """
    sys.addaudithook(_audit)
    resolve, connect = uvloop.Loop.getaddrinfo, uvloop.Loop.create_connection

    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        _refuse_unless_loopback("uvloop's getaddrinfo", host)
        return await resolve(self, host, port, **options)

    async def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **options: Any):
        _refuse_unless_loopback("uvloop's create_connection", host)
        return await connect(self, factory, host, port, **options)

    for guard in (getaddrinfo, create_connection):
        setattr(uvloop.Loop, guard.__name__, guard)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NAMES:
        _refuse_unless_loopback(event, arguments[0])
    elif event in _NUMERIC and arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
        address = arguments[1]
        if address is not None:  # sendmsg on a connected socket
            _refuse_unless_loopback(event, address[0])


def _refuse_unless_loopback(what: str, host: object) -> None:
    if not is_loopback(host):
        raise NetworkForbiddenError(f"{what}: tests may use loopback only, found {host!r}")
