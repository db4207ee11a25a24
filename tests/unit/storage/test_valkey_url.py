import pytest
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection

from fen.storage.valkey_url import make_client
from fen.wire.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "kind", "members"),
    [
        ("valkey://127.0.0.1", Connection, {"host": "127.0.0.1", "db": 0}),
        ("redis://127.0.0.1:7000/3", Connection, {"host": "127.0.0.1", "port": 7000, "db": 3}),
        ("valkey://u:p%40ss@h:1?db=2", Connection, {"username": "u", "password": "p@ss", "db": 2}),
        ("valkeys://h:1", SSLConnection, {"host": "h", "port": 1}),
        ("rediss://h?ssl_cert_reqs=none&ssl_check_hostname=false", SSLConnection, {"host": "h"}),
        ("unix:///run/valkey.sock?db=1", UnixDomainSocketConnection, {"path": "/run/valkey.sock", "db": 1}),
    ],
)
def test_url_is_read(url: str, kind: type, members: dict[str, object]) -> None:
    connection = make_client(url, 0.5).connection_pool.make_connection()
    assert type(connection) is kind
    assert {name: getattr(connection, name) for name in members} == members


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "found '' and no such server"),
        ("127.0.0.1:6379", "expected valkey://HOST:PORT/DB"),
        ("http://127.0.0.1", "found 'http' and no such server"),
        ("valkey://", "found 'valkey' and no such server"),
        ("unix://", "found 'unix' and no such server"),
        ("valkey://h:port", "found no URL, expected valkey://"),
        ("valkey://h:99999", "found no URL, expected valkey://"),
        ("valkey://h/zero", "found the database '/zero', expected a number"),
        ("valkey://h?db=zero", "found members that redis-py refuses"),
        ("valkey://h?retry_on_timeout=1", "found ?retry_on_timeout=, expected db"),
        ("valkey://h?ssl_cert_reqs=none", "found ?ssl_cert_reqs=, expected db"),
        ("valkeys://h?ssl_typo=1", "found members that redis-py refuses"),
    ],
)
def test_bad_url_stops_the_start(url: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_client(url, 0.5)
    assert caught.value.message.startswith("FEN_VALKEY_URL: ")
    assert message in caught.value.message


@pytest.mark.parametrize(
    "url", ["valkey://u:hunter2@h:port", "http://u:hunter2@h", "valkey://u:hunter2@h?db=x"]
)
def test_password_shows_in_no_message(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_client(url, 0.5)
    assert "hunter2" not in caught.value.message
