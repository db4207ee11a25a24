"""Forms with a file: OpenAI's `POST /v1/files`, read into a temporary file as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request as HttpRequest

from fen.batch import LONGEST_LIFE, check_life
from fen.web.api.reading import check_head, stream_body
from fen.wire.errors import InvalidRequest, TooLarge

_FORM_BYTES = 64 * 1024
"""What a form may have beside its file."""

_PIECE = 256 * 1024
_FIELDS = ("purpose", "expires_after[anchor]", "expires_after[seconds]")


class Upload(msgspec.Struct, frozen=True):
    """A file that came, and how many seconds it shall last."""

    file: UploadFile
    filename: str
    seconds: int

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the content."""
        while piece := await self.file.read(_PIECE):
            yield piece


@asynccontextmanager
async def read_upload(request: HttpRequest, max_bytes: int) -> AsyncGenerator[Upload, None]:
    """Read a form; what was kept of it is gone when it is left.

    Raises InvalidRequest, TooLarge for a file above `max_bytes`, and as fen.web.api.reading.stream_body does.
    """
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise InvalidRequest(f"content-type: found {kind[:64]!r}, expected multipart/form-data")
    most = max_bytes + _FORM_BYTES
    check_head(dict(request.scope["headers"]), most)
    parser = MultiPartParser(
        request.headers, stream_body(request.receive, most), max_files=1, max_fields=len(_FIELDS)
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise InvalidRequest(
            f"found a body that is no form ({error.message}), expected one file and its purpose"
        ) from None
    try:
        yield _check(form, max_bytes)
    finally:
        await form.close()


def _check(form: FormData, max_bytes: int) -> Upload:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidRequest("file: found none, expected a file", param="file")
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    unknown = [name for name in form if name not in (*_FIELDS, "file")]
    if unknown:
        raise InvalidRequest(
            f"found the field {unknown[0][:64]!r}, expected file, {', '.join(_FIELDS)}", param=unknown[0][:64]
        )
    purpose = fields.get("purpose", "")
    if purpose != "batch":
        raise InvalidRequest(f"purpose: found {purpose[:64]!r}, expected batch", param="purpose")
    if (file.size or 0) > max_bytes:
        raise TooLarge(f"found a file of {file.size} bytes, expected at most {max_bytes}")
    return Upload(file, file.filename or "", _read_life(fields))


def _read_life(fields: dict[str, str]) -> int:
    anchor, seconds = fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return LONGEST_LIFE
    if anchor != "created_at":
        raise InvalidRequest(
            f"expires_after.anchor: found {(anchor or '')[:64]!r}, expected created_at", param="expires_after"
        )
    if seconds is None or not seconds.isascii() or not seconds.isdecimal() or len(seconds) > 9:
        raise InvalidRequest(
            f"expires_after.seconds: found {(seconds or '')[:64]!r}, expected a number", param="expires_after"
        )
    return check_life(int(seconds), "expires_after")
