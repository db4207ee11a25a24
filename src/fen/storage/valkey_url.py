"""From a URL to a client of Valkey; the URL's password shows in no message."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, urlsplit

from fen.wire.errors import ConfigError

if TYPE_CHECKING:
    from redis.asyncio import Redis

_SCHEMES = {
    "valkey": "redis",
    "redis": "redis",
    "valkeys": "rediss",
    "rediss": "rediss",
    "unix": "unix",
}
_EXPECTED = "expected valkey://HOST:PORT/DB, valkeys:// with TLS, redis://, rediss:// or unix://PATH"


def check_valkey_url(url: str) -> None:
    """Raise ConfigError for what is no URL of a Valkey; the client, slow to import, is not asked."""
    _read(url)


def make_client(url: str, timeout: float) -> Redis:
    """Return a client that is not connected yet and repeats nothing by itself.

    timeout: seconds to connect, and between bytes. Query members: `db`, and with TLS `ssl_*` as redis-py
    names them. Raises ConfigError.
    """
    # Only who shares pays for the client: it takes 0.12 s to import.
    from redis.asyncio import Redis  # noqa: PLC0415
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    parsed, scheme = _read(url)
    try:
        client: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  untyped there
            parsed._replace(scheme=scheme).geturl(),
            protocol=2,  # what every version of either server speaks, without further questions at connect
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),  # a script must not run twice because its answer was late
        )
        client.connection_pool.make_connection()  # reads the members; connects to nothing
    except (TypeError, ValueError) as error:
        raise ConfigError(f"FEN_VALKEY_URL: found members that redis-py refuses ({error})") from None
    return client


def _read(url: str) -> tuple[SplitResult, str]:
    """Return the URL in parts, and its scheme as redis-py calls it."""
    try:
        parsed = urlsplit(url)
        query = dict(parse_qsl(parsed.query))
        _ = parsed.port  # raises where it is no number
    except ValueError:
        raise ConfigError(f"FEN_VALKEY_URL: found no URL, {_EXPECTED}") from None
    scheme = _SCHEMES.get(parsed.scheme)
    if scheme is None or not (parsed.path if scheme == "unix" else parsed.hostname):
        raise ConfigError(f"FEN_VALKEY_URL: found {parsed.scheme[:32]!r} and no such server, {_EXPECTED}")
    foreign = [name for name in query if name != "db" and not (scheme == "rediss" and name[:4] == "ssl_")]
    if foreign:
        raise ConfigError(f"FEN_VALKEY_URL: found ?{foreign[0][:32]}=, expected db, or ssl_... with TLS")
    if scheme != "unix" and not parsed.path.strip("/").isdecimal() and parsed.path.strip("/"):
        raise ConfigError(f"FEN_VALKEY_URL: found the database {parsed.path[:32]!r}, expected a number")
    return parsed, scheme
