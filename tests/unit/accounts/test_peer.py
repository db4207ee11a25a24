import re

import pytest

from fen.accounts import Peer, admit_keyless, client_host, is_loopback, is_trusted
from fen.wire.errors import FenError, Forbidden, Unauthenticated

HERE = Peer("127.0.0.1", "127.0.0.1:8000")

ADMITTED = [
    HERE,
    Peer("127.0.0.1", "localhost:8000"),
    Peer("127.0.0.1", "LOCALHOST"),
    Peer("127.9.8.7", "127.9.8.7:8000"),
    Peer("::1", "[::1]:8000"),
    Peer("::1", "localhost:1"),
    Peer("::ffff:127.0.0.1", "127.0.0.1"),  # an IPv4 caller of a dual-stack socket
    Peer("127.0.0.1", "[::ffff:127.0.0.1]:65535"),
    Peer("127.0.0.1", "127.0.0.1:8000", origin="http://127.0.0.1:8000"),
    Peer("127.0.0.1", "127.0.0.1:8000", origin="http://localhost:8000"),
    Peer("::1", "[::1]:8000", origin="http://[::1]:8000"),
    Peer("127.0.0.1", "localhost", origin="http://localhost"),
    Peer("127.0.0.1", "localhost:80", origin="HTTP://localhost"),
]

REFUSED = [
    # from elsewhere
    (Peer("192.168.1.7", "127.0.0.1:8000"), Unauthenticated, "found no key and a request from '192.168.1.7'"),
    (Peer("10.0.0.1", "localhost"), Unauthenticated, "expected this machine"),
    (Peer("2001:db8::1", "[::1]:8000"), Unauthenticated, "2001:db8::1"),
    (Peer("fe80::1%eth0", "[::1]:8000"), Unauthenticated, "fe80::1%eth0"),
    (Peer("::ffff:192.168.1.7", "localhost"), Unauthenticated, "a request from"),
    (Peer("0.0.0.0", "localhost"), Unauthenticated, "a request from"),
    (Peer("::", "localhost"), Unauthenticated, "a request from"),
    (Peer("", "localhost"), Unauthenticated, "a request from ''"),
    (Peer("localhost", "localhost"), Unauthenticated, "a request from 'localhost'"),
    (Peer("127.0.0.1.evil.example", "localhost"), Unauthenticated, "a request from"),
    (Peer("1" * 500, "localhost"), Unauthenticated, "a request from"),
    # through a proxy
    (Peer("127.0.0.1", "127.0.0.1:8000", forwarded=True), Unauthenticated, "a proxy in between"),
    (Peer("::1", "localhost", forwarded=True), Unauthenticated, "a proxy in between"),
    # a name that its owner may point anywhere
    (Peer("127.0.0.1", "evil.example:8000"), Forbidden, "Host: found 'evil.example:8000'"),
    (Peer("127.0.0.1", "localhost.evil.example"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "127.0.0.1.nip.io:8000"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "evil.localhost:8000"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "localhost."), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "127.0.0.1@evil.example"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "evil.example#127.0.0.1"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "127.0.0.1 evil.example"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "192.168.1.7:8000"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "0.0.0.0:8000"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "[::]:8000"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "127.1"), Forbidden, "Host: found '127.1'"),
    (Peer("127.0.0.1", "2130706433"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "0x7f.0.0.1"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "::1"), Forbidden, "Host: found '::1'"),
    (Peer("127.0.0.1", "[::1"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "[localhost"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "localhost:0"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "localhost:65536"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "localhost:80a"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", "localhost\n"), Forbidden, "Host: found"),
    (Peer("127.0.0.1", ""), Forbidden, "Host: found ''"),
    (Peer("127.0.0.1", None), Forbidden, "Host: found none"),
    # from a page of somebody else's
    (Peer("127.0.0.1", "localhost:8000", origin="https://evil.example"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="http://evil.example:8000"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="null"), Forbidden, "Origin: found 'null'"),
    (Peer("127.0.0.1", "localhost:8000", origin=""), Forbidden, "Origin: found ''"),
    (Peer("127.0.0.1", "localhost:8000", origin="http://localhost:3000"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="http://localhost"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="https://localhost"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="file://localhost:8000"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="localhost:8000"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="http://localhost:8000/"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="http://localhost:8000 x"), Forbidden, "Origin: found"),
    (Peer("127.0.0.1", "localhost:8000", origin="http://a@localhost:8000"), Forbidden, "Origin: found"),
]


@pytest.mark.parametrize("peer", ADMITTED, ids=str)
@pytest.mark.parametrize("bind", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_this_machines_own_need_no_key(peer: Peer, bind: str) -> None:
    admit_keyless(peer, bind)


@pytest.mark.parametrize(("peer", "error", "found"), REFUSED, ids=str)
def test_whoever_only_looks_local_needs_one(peer: Peer, error: type[FenError], found: str) -> None:
    with pytest.raises(error, match=re.escape(found)) as caught:
        admit_keyless(peer, "127.0.0.1")
    assert type(caught.value) is error
    assert "expected" in caught.value.message
    assert "fen keys create" in caught.value.message
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    "bind", ["0.0.0.0", "::", "192.168.1.7", "", "fen.example", "127.0.0.1.evil.example"]
)
def test_beyond_loopback_everybody_needs_a_key(bind: str) -> None:
    with pytest.raises(Unauthenticated, match="Fen listens on"):
        admit_keyless(HERE, bind)


@pytest.mark.parametrize("proxies", [["127.0.0.1"], ["127.0.0.0/8"], ["10.0.0.1", "127.0.0.1/32"]])
def test_a_proxy_on_this_machine_speaks_for_strangers(proxies: list[str]) -> None:
    with pytest.raises(Unauthenticated, match="a proxy in between"):
        admit_keyless(HERE, "127.0.0.1", proxies)


def test_a_proxy_elsewhere_does_not_shut_this_machine_out() -> None:
    admit_keyless(HERE, "127.0.0.1", ["10.0.0.1", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.0.0.1", True),
        ("10.0.0.2", False),
        ("172.16.9.9", True),
        ("::ffff:10.0.0.1", True),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("no address", False),
        ("", False),
    ],
)
def test_a_trusted_proxy_is_an_address_or_a_network(host: str, expected: bool) -> None:
    assert is_trusted(host, ["10.0.0.1", "172.16.0.0/12", "2001:db8::/32"]) is expected


def test_a_proxy_that_is_neither_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"proxy\.example"):
        is_trusted("10.0.0.1", ["proxy.example"])


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # not a proxy of ours: whatever it says
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the first was made up by the client
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", " , ,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_client_is_the_last_hop_that_no_trusted_proxy_is(
    peer: str, header: str | None, client: str
) -> None:
    assert client_host(peer, header, ["10.0.0.0/8"]) == client


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("Localhost", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("localhost.example", False),
        ("128.0.0.1", False),
    ],
)
def test_loopback_is_loopback_only(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
