"""A form is one file and its purpose; anything else is told."""

from typing import Any

import pytest
from starlette.requests import Request

from fen.web.api.reading import ClientGone
from fen.web.api.uploads import read_upload
from fen.wire.errors import FenError, InvalidRequest, TooLarge

BOUNDARY = "sea"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    return (
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
        + content
        + b"\r\n"
    )


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


FILE = part("file", b"line\n", "a.jsonl")
PURPOSE = part("purpose", b"batch")


def make_request(body: bytes, kind: str = KIND, cut: int = 7, **headers: str) -> Request:
    messages = [
        {"type": "http.request", "body": body[start : start + cut], "more_body": True}
        for start in range(0, len(body), cut)
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.request", "body": b"", "more_body": False}

    given = {"content-type": kind, **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


async def upload(request: Request, max_bytes: int = 1000) -> tuple[str, bytes, int]:
    async with read_upload(request, max_bytes) as found:
        return found.filename, b"".join([piece async for piece in found.pieces()]), found.seconds


@pytest.mark.parametrize("cut", [1, 7, 10_000])
async def test_a_file_and_its_purpose_in_any_order(cut: int) -> None:
    for body in (form(FILE, PURPOSE), form(PURPOSE, FILE)):
        assert await upload(make_request(body, cut=cut)) == ("a.jsonl", b"line\n", 30 * 86400)


async def test_a_file_may_ask_how_long_it_lasts() -> None:
    life = (part("expires_after[anchor]", b"created_at"), part("expires_after[seconds]", b"3600"))
    assert (await upload(make_request(form(FILE, PURPOSE, *life))))[2] == 3600


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (form(PURPOSE), "file: found none"),
        (form(part("file", b"text"), PURPOSE), "file: found none"),
        (form(FILE), "purpose: found '', expected batch"),
        (form(FILE, part("purpose", b"vision")), "purpose: found 'vision'"),
        (form(FILE, PURPOSE, part("priority", b"1")), "found the field 'priority'"),
        (form(FILE, FILE, PURPOSE), "Too many files"),
        (form(FILE, PURPOSE, part("expires_after[seconds]", b"3600")), "anchor: found ''"),
        (form(FILE, PURPOSE, part("expires_after[anchor]", b"created_at")), "seconds: found ''"),
        (b"no form at all", "is no form"),
        (b"", "file: found none"),
    ],
)
async def test_what_is_no_such_form_is_told(body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await upload(make_request(body))
    assert words in caught.value.message


@pytest.mark.parametrize("kind", ["application/json", "", "multipart/form-data"])
async def test_another_kind_of_body_is_told(kind: str) -> None:
    with pytest.raises(InvalidRequest, match=r"expected multipart/form-data|Missing boundary"):
        await upload(make_request(form(FILE, PURPOSE), kind))


@pytest.mark.parametrize("seconds", ["x", "-1", "1" * 20, "²"])
async def test_a_life_that_is_no_number_is_told(seconds: str) -> None:
    life = (part("expires_after[anchor]", b"created_at"), part("expires_after[seconds]", seconds.encode()))
    with pytest.raises(InvalidRequest, match=r"expires_after\.seconds: found"):
        await upload(make_request(form(FILE, PURPOSE, *life)))


async def test_a_file_above_the_limit_is_refused_by_what_came_or_was_announced() -> None:
    body = form(part("file", b"x" * 1001, "a"), PURPOSE)
    refusals: list[FenError] = []
    for request, limit in (
        (make_request(body, cut=5000), 1000),
        (make_request(form(part("file", b"x" * 80_000, "a"), PURPOSE), cut=5000), 1000),
        (make_request(body, content_length="70000"), 1000),
    ):
        with pytest.raises(TooLarge, match="expected at most") as caught:
            await upload(request, limit)
        refusals.append(caught.value)
    assert len(refusals) == 3
    assert (await upload(make_request(body, cut=5000), 1001))[1] == b"x" * 1001


async def test_a_client_that_leaves_in_the_middle_is_noticed() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    request = make_request(form(FILE, PURPOSE))
    with pytest.raises(ClientGone):
        await upload(Request(request.scope, receive))
