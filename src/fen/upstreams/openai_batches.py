"""Batches in OpenAI's format: a file of requests goes out, files of answers come back.

Source: OpenAI API reference, "Batch" and "Files".
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from fen.upstreams._headers import check_key
from fen.upstreams._reading import read_all, read_whole
from fen.upstreams.http import HttpClient, parse_address
from fen.upstreams.openai import Dialect, finish, translate
from fen.upstreams.response import Response
from fen.wire.errors import UpstreamFailed
from fen.wire.ports import BatchJob, BatchResult, BatchStatus, Deadlines
from fen.wire.request import WireFormat

_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_PAGE = 100
_MOST_PAGES = 50
_LONGEST_LINE = 256 * 1024 * 1024


class _File(msgspec.Struct):
    id: str


class _Batch(msgspec.Struct):
    id: str
    status: str
    metadata: Mapping[str, object] | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None


class _List(msgspec.Struct):
    data: list[_Batch]
    has_more: bool = False


class _Answer(msgspec.Struct):
    status_code: int
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Line(msgspec.Struct):
    custom_id: str
    response: _Answer | None = None


class OpenAIBatches:
    """The batch API at one address, of one account."""

    def __init__(self, base_url: str, key: str | None, dialect: Dialect, member: str = "fen_batch") -> None:
        """Prepare the calls' heads; `member` of a batch's metadata is to keep Fen's token.

        Raises ValueError as OpenAIUpstream does.
        """
        address = parse_address(base_url)
        check_key(key)
        self._client = HttpClient(address)
        self._dialect = dialect
        self._deadlines = Deadlines()
        self._member = member
        authorization = f"authorization: Bearer {key}\r\n" if key else ""
        self._common = (
            f"host: {address.authority}\r\n{authorization}accept: */*\r\naccept-encoding: identity\r\n"
            "user-agent: fen\r\n"
        )

    async def submit(self, job: BatchJob) -> str:
        """Upload a job and make a batch of it; see BatchSender."""
        content = b"".join(self._write(job))
        kind, body = _write_form({"purpose": "batch"}, f"{job.token}.jsonl", content)
        file = await self._ask("POST", "/files", _File, body, kind)
        wanted = {
            "input_file_id": file.id,
            "endpoint": job.endpoint,
            "completion_window": "24h",
            "metadata": {self._member: job.token},
        }
        # On a connection of its own: a kept one that closes is replaced, and the batch made twice.
        await self._client.close()
        made = await self._ask("POST", "/batches", _Batch, msgspec.json.encode(wanted), "application/json")
        return made.id

    async def find(self, token: str) -> str | None:
        """Look through the newest batches for one with a token; see BatchSender."""
        after = ""
        for _ in range(_MOST_PAGES):
            page = await self._ask("GET", f"/batches?limit={_PAGE}{after}", _List)
            for batch in page.data:
                if batch.metadata is not None and batch.metadata.get(self._member) == token:
                    return batch.id
            if not page.has_more or not page.data:
                return None
            after = f"&after={quote(page.data[-1].id, safe='')}"
        raise UpstreamFailed(
            f"found no end of the upstream's batches, expected {_PAGE * _MOST_PAGES} at most"
        )

    async def check(self, batch_id: str, *, cancel: bool = False) -> BatchStatus:
        """Look at a batch, or cancel it; see BatchReader."""
        path = f"/batches/{quote(batch_id, safe='')}"
        batch = await self._ask("POST" if cancel else "GET", path + ("/cancel" if cancel else ""), _Batch)
        files = tuple(file for file in (batch.output_file_id, batch.error_file_id) if file)
        return BatchStatus(batch.id, batch.status in _ENDED, batch.status, files)

    async def read(self, status: BatchStatus) -> AsyncIterator[BatchResult]:
        """Yield results as their files come; see BatchReader."""
        for file in status.files:
            response = await self._send("GET", f"/files/{quote(file, safe='')}/content")
            try:
                async for line in _split(response):
                    yield _read_line(line)
            finally:
                response.close()

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.close()

    def _write(self, job: BatchJob) -> list[bytes]:
        lines: list[bytes] = []
        for item in job.items:
            body = finish(item.request, item.model, self._dialect, stream=False).to_bytes()
            line = {"custom_id": item.custom_id, "method": "POST", "url": job.endpoint}
            lines.append(msgspec.json.encode({**line, "body": msgspec.Raw(body)}) + b"\n")
        return lines

    async def _ask(
        self, method: str, path: str, shape: type[Any], body: bytes = b"", kind: str | None = None
    ) -> Any:
        response = await self._send(method, path, body, kind)
        try:
            answer = await read_all(response)
        except BaseException:
            response.close()
            raise
        try:
            return msgspec.json.decode(answer, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamFailed(f"{method} {path}: found an answer that is not OpenAI's ({error})") from None

    async def _send(self, method: str, path: str, body: bytes = b"", kind: str | None = None) -> Response:
        sized = "" if method == "GET" else f"content-length: {len(body)}\r\n"
        typed = "" if kind is None else f"content-type: {kind}\r\n"
        head = f"{method} {self._client.address.path}{path} HTTP/1.1\r\n{self._common}{typed}{sized}\r\n"
        response = await self._client.exchange(head.encode("latin-1"), body, self._deadlines)
        if response.status < 300:
            return response
        try:
            raise translate(response, await read_all(response))
        except BaseException:
            response.close()
            raise


def _write_form(fields: Mapping[str, str], filename: str, content: bytes) -> tuple[str, bytes]:
    """Return a form with a file, and its content type. Source: RFC 7578."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{filename}"\r\n'
        "content-type: application/jsonl\r\n\r\n"
    )
    body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


async def _split(response: Response) -> AsyncIterator[bytes]:
    """Yield the lines of a body that have something in them."""
    begun: list[bytes] = []
    size = 0
    while piece := await response.read():
        first, *others = piece.split(b"\n")
        begun.append(first)
        size += len(first)
        if size > _LONGEST_LINE:
            raise UpstreamFailed(f"found a result of over {_LONGEST_LINE} bytes")
        for other in others:
            line, begun, size = b"".join(begun).strip(), [other], len(other)
            if line:
                yield line
    if line := b"".join(begun).strip():
        yield line


def _read_line(text: bytes) -> BatchResult:
    try:
        line = msgspec.json.decode(text, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found a result that is not OpenAI's ({error})") from None
    if line.response is None:
        return BatchResult(line.custom_id)
    status, body = line.response.status_code, bytes(line.response.body)
    if status != 200:
        return BatchResult(line.custom_id, status, error=body)
    try:
        answer = read_whole(_format_of(body), body)
    except UpstreamFailed as error:
        return BatchResult(line.custom_id, error.status, error=msgspec.json.encode(error.to_object()))
    return BatchResult(line.custom_id, status, answer)


class _Kind(msgspec.Struct):
    object: str = ""


def _format_of(body: bytes) -> WireFormat:
    """Return what an answer answers: a list of embeddings says so."""
    try:
        kind = msgspec.json.decode(body, type=_Kind).object
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = ""
    return "openai.embeddings" if kind == "list" else "openai.chat"
