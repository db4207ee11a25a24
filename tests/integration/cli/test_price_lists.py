"""`fen prices audit` and `update`: other lists beside the price book, and what they append to it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Fen

LIST: Any = {
    "openai": {
        "models": {
            "gpt-4o-mini": {
                "cost": {"input": 0.1, "output": 0.6},
                "limit": {"context": 128000, "output": 4096},
            },
            "gpt-99": {"cost": {"input": 1, "output": 2}, "limit": {"context": 1000, "output": 500}},
        }
    }
}


class Serving(BaseHTTPRequestHandler):
    """Has the list at `/api.json`, and nothing elsewhere."""

    def do_GET(self) -> None:
        body = json.dumps(LIST).encode()
        self.send_response(200 if self.path == "/api.json" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Serving)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def listed(tmp_path: Path) -> str:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(LIST))
    return f"list={path}"


def test_other_lists_are_audited_and_not_believed(fen: Fen, listed: str) -> None:
    assert "0 figures differ" in fen("prices", "audit", "gpt-4o-mini").out
    [found] = fen("prices", "audit", "--source", listed, "--json").json
    assert [(d["of"], d["ours"], d["theirs"]) for d in found["disputes"]] == [
        ("input", "0.15", "0.1"),
        ("max_output_tokens", "16384", "4096"),
    ]
    assert found["missing"] == ["openai/gpt-99"]
    out = fen("prices", "audit", "--source", listed).out
    assert "1 models compared, 2 figures differ, 1 models have no card here" in out
    assert "16,384" in out


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("list", "expected NAME=FILE or NAME=URL"),
        ("list=/no/such/file", "No such file or directory, expected a file or an address"),
        ("list=http://127.0.0.1:9/x.json", "cannot be reached"),
        ("list=ftp://127.0.0.1/x.json", "expected http"),
        ("list={file}", "expected JSON"),
    ],
)
def test_a_source_that_is_none_says_so(
    fen: Fen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    monkeypatch.delenv("FEN_OFFLINE", raising=False)
    (tmp_path / "x").write_text("no json")
    done = fen("prices", "audit", "--source", source.format(file=tmp_path / "x"))
    assert done.status in (1, 2)
    assert said in done.err
    assert "Traceback" not in done.err


def test_an_address_needs_the_network(fen: Fen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEN_OFFLINE", "1")
    done = fen("prices", "audit", "--source", "list=https://list.example/x.json")
    assert (done.status, "FEN_OFFLINE, expected a file" in done.err) == (2, True)


def test_an_update_is_shown_and_then_accepted(fen: Fen, fen_home: Path, listed: str) -> None:
    before = fen("prices", "history", "gpt-4o-mini", "--on", "2026-11-01", "--json").json["prices"]
    shown = fen("prices", "update", "--source", listed).out
    assert shown.splitlines() == [
        "openai/gpt-4o-mini, USD",
        "- input 0.15",
        "+ input 0.1",
        "",
        "1 price lists would be appended: --accept does it",
    ]
    assert not (fen_home / "prices").exists()
    new = fen("prices", "update", "--source", listed, "--new", "--json").json["proposals"]
    assert [(p["model"], p["new"]) for p in new] == [("openai/gpt-4o-mini", False), ("openai/gpt-99", True)]
    done = fen("prices", "update", "--source", listed, "--accept")
    assert done.out.endswith(f"appended 1 price lists to {fen_home / 'prices' / 'openai.yaml'}\n")
    now = fen("prices", "compare", "gpt-4o-mini", "--in", "1000000", "--out", "0", "--json").json
    assert now["quotes"][0]["request"] == {"amount": "0.1", "currency": "USD"}
    after = fen("prices", "history", "gpt-4o-mini", "--on", "2026-11-01", "--json").json["prices"]
    assert [(p["meter"], p["price"]) for p in after] == [(p["meter"], p["price"]) for p in before]
    told = fen("prices", "update", "--source", listed, "--new", "--accept", "--json").json
    assert told["written"] == [str(fen_home / "prices" / "openai.yaml")]
    assert fen("prices", "compare", "gpt-99", "--in", "1", "--out", "1").status == 0
    assert "the price book says the same" in fen("prices", "update", "--source", listed).out
    (fen_home / "prices" / "openai.yaml").write_text("nothing")
    done = fen("prices", "gpt-4o-mini")
    assert done.status == 2
    assert "expected an overlay that fen prices update wrote" in done.err
    assert fen("prices", "update").status == 2


def test_a_list_is_fetched(fen: Fen, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEN_OFFLINE", raising=False)
    [found] = fen("prices", "audit", "--source", f"web={address}/api.json", "--json").json
    assert (found["rival"], found["format"], found["compared"]) == ("web", "models.dev", 1)
    done = fen("prices", "audit", "--source", f"web={address}/none.json")
    assert (done.status, "answered 404" in done.err) == (1, True)
