"""Files from the web: whole or not at all, with the reason."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fen.upstreams import download
from fen.wire.errors import UpstreamFailed


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.end_headers()
        elif self.path in ("/whole", "/short"):
            self.send_response(200)
            self.send_header("Content-Length", "5" if self.path == "/whole" else "50")
            self.end_headers()
            self.wfile.write(b"12345")
        else:
            self.send_error(404)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/whole", "/moved"])
def test_a_file_is_written(site: str, path: str, tmp_path: Path) -> None:
    download(site + path, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"12345"


@pytest.mark.parametrize(
    ("path", "reason"), [("/nothing", "answered 404"), ("/short", "found 5 bytes, expected 50")]
)
def test_what_is_not_there_or_not_whole_is_told(site: str, path: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UpstreamFailed, match=reason):
        download(site + path, tmp_path / "file")


def test_an_address_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        download("http://127.0.0.1:9/file", tmp_path / "file")


def test_other_addresses_are_not_opened(tmp_path: Path) -> None:
    with pytest.raises(UpstreamFailed, match=r"expected http\(s\)://"):
        download("file:///etc/passwd", tmp_path / "file")
