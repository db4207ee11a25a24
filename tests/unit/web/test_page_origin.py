"""A page of another site reaches neither the socket nor anything that changes something."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from fen.web.pages.site import SameOrigin

SOCKET = "/_nicegui_ws/socket.io/"
EVIL = {"origin": "https://evil.example"}
OWN = {"origin": "http://127.0.0.1:8000"}


async def knock(kind: str, path: str, headers: dict[str, str], method: str = "GET") -> list[Message]:
    """Return what is sent back; a message of the type `inside` where the site itself was reached."""
    sent = list[Message]()

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "inside"})

    async def receive() -> Message:
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1:8000", **headers}.items()]
    scope = {"type": kind, "path": path, "headers": raw, "query_string": b""}
    if kind == "http":
        scope["method"] = method
    await SameOrigin(inside)(scope, receive, send)
    return sent


@pytest.mark.parametrize("headers", [EVIL, {"origin": "null"}, {**OWN, "sec-fetch-site": "same-site"}])
async def test_another_sites_socket_is_closed_before_it_opens(headers: dict[str, str]) -> None:
    assert await knock("websocket", SOCKET, headers) == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("path", "method"), [(SOCKET, "POST"), (SOCKET, "GET"), ("/admin", "POST"), ("/_nicegui/x", "PUT")]
)
async def test_another_sites_request_is_refused(path: str, method: str) -> None:
    sent = await knock("http", path, EVIL, method)
    assert sent[0]["status"] == 403
    assert b"another site" in sent[1]["body"]


@pytest.mark.parametrize("headers", [OWN, {}, {"sec-fetch-site": "same-origin"}])
async def test_the_sites_own_pages_pass(headers: dict[str, str]) -> None:
    for kind, method in (("websocket", ""), ("http", "POST"), ("http", "GET")):
        assert await knock(kind, SOCKET, headers, method) == [{"type": "inside"}]


async def test_whoever_only_looks_may_come_from_anywhere() -> None:
    assert await knock("http", "/usage", EVIL) == [{"type": "inside"}]
