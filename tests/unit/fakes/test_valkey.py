import socket
from pathlib import Path

import pytest

from tests.fakes.valkey import ValkeyServer


def can_connect(server: ValkeyServer) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", server.port)) == 0


def test_server_keeps_its_port_over_a_restart(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    server.start()
    try:
        port = server.port
        assert can_connect(server)
        server.stop()
        server.stop()
        assert not can_connect(server)
        server.start()
        assert server.port == port
        assert can_connect(server)
    finally:
        server.stop()


def test_test_without_a_server_skips_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="found none of valkey-server, redis-server"):
        ValkeyServer(tmp_path)
