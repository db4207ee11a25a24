"""OpenAI's `/v1/files` and `/v1/batches`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from fen.accounts import Key
from fen.batch import (
    Batches,
    Page,
    StoredFile,
    Viewer,
    describe_batch,
    describe_file,
    read_batch_request,
)
from fen.web.api.bodies import answer_body, encode_json
from fen.web.api.reading import check_head, read_body
from fen.web.api.uploads import read_upload
from fen.wire.errors import InvalidRequest

Admit = Callable[[HttpRequest], Awaitable[Key | None]]
Handler = Callable[[HttpRequest], Awaitable[Response]]

_MOST_FILES = 10_000
_MOST_BATCHES = 100
_USUAL_BATCHES = 20
_MOST_JSON = 256 * 1024


class BatchRoutes:
    """Files and batches of the key that asks; of others it sees none."""

    def __init__(self, batches: Batches, admit: Admit) -> None:
        self._batches = batches
        self._admit = admit

    def table(self) -> list[tuple[str, tuple[str, ...], Handler]]:
        """Return each path, its methods and what answers it."""
        return [
            ("/v1/files", ("GET", "POST"), self.files),
            ("/v1/files/{id}", ("GET", "DELETE"), self.file),
            ("/v1/files/{id}/content", ("GET",), self.content),
            ("/v1/batches", ("GET", "POST"), self.batches),
            ("/v1/batches/{id}", ("GET",), self.batch),
            ("/v1/batches/{id}/cancel", ("POST",), self.cancel),
        ]

    async def files(self, request: HttpRequest) -> Response:
        """List files, or take a new one."""
        viewer = await self._view(request)
        if request.method == "POST":
            return await answer_body(self._upload(request, viewer))
        order = request.query_params.get("order", "desc")
        if order not in ("asc", "desc"):
            raise InvalidRequest(f"order: found {order[:64]!r}, expected asc or desc", param="order")
        page = _read_page(request, _MOST_FILES, _MOST_FILES, newest_first=order == "desc")
        purpose = _read_word(request, "purpose")
        found = await self._batches.shelf.list(viewer, _one_more(page), purpose)
        return encode_json(_describe_list([describe_file(file) for file in found], page))

    async def file(self, request: HttpRequest) -> Response:
        """Describe a file, or delete it."""
        viewer = await self._view(request)
        file_id = request.path_params["id"]
        if request.method == "DELETE":
            await self._batches.shelf.delete(file_id, viewer)
            return encode_json({"id": file_id, "object": "file", "deleted": True})
        return encode_json(describe_file(await self._batches.shelf.find(file_id, viewer)))

    async def content(self, request: HttpRequest) -> Response:
        """Send a file's content."""
        viewer = await self._view(request)
        file = await self._batches.shelf.find(request.path_params["id"], viewer)
        told = {"content-type": "application/octet-stream", "content-length": str(file.bytes)}
        return StreamingResponse(self._read(file), headers=told)

    async def batches(self, request: HttpRequest) -> Response:
        """List batches, or make one."""
        viewer = await self._view(request)
        if request.method == "POST":
            return await answer_body(self._create(request, viewer))
        page = _read_page(request, _MOST_BATCHES, _USUAL_BATCHES)
        found = await self._batches.list(viewer, _one_more(page))
        return encode_json(_describe_list([describe_batch(batch) for batch in found], page))

    async def batch(self, request: HttpRequest) -> Response:
        """Describe a batch."""
        viewer = await self._view(request)
        return encode_json(describe_batch(await self._batches.find(request.path_params["id"], viewer)))

    async def cancel(self, request: HttpRequest) -> Response:
        """Cancel a batch."""
        viewer = await self._view(request)
        return encode_json(describe_batch(await self._batches.cancel(request.path_params["id"], viewer)))

    async def _upload(self, request: HttpRequest, viewer: Viewer) -> Response:
        shelf = self._batches.shelf
        async with read_upload(request, shelf.max_bytes) as upload:
            file = await shelf.put(upload.pieces(), upload.filename, viewer.key_id, upload.seconds)
        return encode_json(describe_file(file))

    async def _create(self, request: HttpRequest, viewer: Viewer) -> Response:
        check_head(dict(request.scope["headers"]), _MOST_JSON)
        body = await read_body(request.receive, _MOST_JSON, is_here=False)
        batch = await self._batches.create(read_batch_request(body), viewer.key_id)
        return encode_json(describe_batch(batch))

    async def _read(self, file: StoredFile) -> AsyncIterator[bytes]:
        async for piece in self._batches.shelf.read(file.id):
            yield piece

    async def _view(self, request: HttpRequest) -> Viewer:
        key = await self._admit(request)
        return Viewer(None if key is None else key.id)


def _read_page(request: HttpRequest, most: int, usual: int, *, newest_first: bool = True) -> Page:
    text = request.query_params.get("limit", str(usual))
    limit = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    if not 1 <= limit <= most:
        raise InvalidRequest(f"limit: found {text[:64]!r}, expected 1 to {most}", param="limit")
    return Page(limit, _read_word(request, "after"), newest_first)


def _read_word(request: HttpRequest, name: str) -> str | None:
    """Return a parameter that is compared with what the database has."""
    text = request.query_params.get(name)
    if text is not None and not text.isprintable():
        raise InvalidRequest(f"{name}: found {text[:64]!r}, expected printable characters", param=name)
    return text


def _one_more(page: Page) -> Page:
    return msgspec.structs.replace(page, limit=page.limit + 1)


def _describe_list(found: Sequence[dict[str, Any]], page: Page) -> dict[str, Any]:
    """Return OpenAI's list object; one more than the page was looked for, to tell whether there is more."""
    shown = found[: page.limit]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(found) > page.limit,
    }
