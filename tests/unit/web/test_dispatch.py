"""Which application answers, and where pages are when another process has them."""

from __future__ import annotations

import pytest
from starlette.types import Receive, Scope, Send

from fen.web.dispatch import Dispatcher, Redirecting, is_page


class Answering:
    """An application that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, _: Receive, __: Send) -> None:
        self.asked.append(scope["path"])


async def nothing() -> dict[str, object]:
    """Never called."""
    raise AssertionError


@pytest.mark.parametrize(
    "path", ["/", "/prices", "/admin/", "/_nicegui/3/static/a.js", "/_nicegui_ws/socket.io/"]
)
def test_pages_have_their_paths(path: str) -> None:
    assert is_page(path)


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/chat/completions", "/api/arena/board", "/metrics", "/boarding", "/nothing"]
)
def test_the_rest_is_the_apis(path: str) -> None:
    assert not is_page(path)


async def test_a_request_goes_to_one_and_a_socket_to_the_pages() -> None:
    api, pages = Answering(), Answering()
    dispatcher = Dispatcher(api, pages)
    for kind, path in (("http", "/v1/models"), ("http", "/usage"), ("websocket", "/_nicegui_ws/socket.io")):
        await dispatcher({"type": kind, "path": path}, nothing, nothing)  # type: ignore[arg-type]
    assert api.asked == ["/v1/models"]
    assert pages.asked == ["/usage", "/_nicegui_ws/socket.io"]


@pytest.mark.parametrize(
    ("host", "there"),
    [
        (b"fen.example:8000", "http://fen.example:8001/usage?by=model"),
        (b"[::1]:8000", "http://[::1]:8001/usage?by=model"),
        (b"", "http://localhost:8001/usage?by=model"),
    ],
)
async def test_whoever_asks_the_api_for_a_page_is_sent_there(host: bytes, there: str) -> None:
    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "path": "/usage",
        "query_string": b"by=model",
        "headers": [(b"host", host)],
    }
    await Redirecting(8001)(scope, nothing, send)
    assert sent[0]["status"] == 307
    assert dict(sent[0]["headers"])[b"location"].decode() == there  # type: ignore[arg-type, call-overload]
