"""What surrounds any-llm, without it: errors translated, chunks put right, calls in threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest

from fen.upstreams import AnyLLMUpstream, Library
from fen.upstreams._any_llm_errors import translate
from fen.upstreams._any_llm_events import ChunkWriter
from fen.upstreams._own_thread import THREAD_NAME, Tap, ThreadCall
from fen.wire.errors import UpstreamFailed, UpstreamRejected


class AnyLLMError(Exception):
    """As any-llm's: the client's own error is kept."""

    def __init__(self, message: str, origin: Exception | None = None) -> None:
        super().__init__(message)
        self.original_exception = origin
        self.message = message


class UnsupportedParameterError(AnyLLMError):
    pass


class InvalidRequestError(AnyLLMError):
    pass


class ApiError(Exception):
    """As Cohere's client has it."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"headers: {headers}, status_code: {status}, body: {body}")
        self.status_code, self.body, self.headers = status, body, headers or {}


class ClientError(Exception):
    """As AWS' client has it."""

    def __init__(self, status: int, code: str, headers: dict[str, str]) -> None:
        super().__init__(f"An error occurred ({code})")
        metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers}
        self.response = {"Error": {"Message": "slow down", "Code": code}, "ResponseMetadata": metadata}


class ConnectError(Exception):
    pass


class Chunk:
    """As pydantic's models: it writes itself down."""

    def __init__(self, **members: Any) -> None:
        self._members = members

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return dict(self._members)


def wrapped(origin: Exception) -> AnyLLMError:
    return AnyLLMError(str(origin), origin)


@pytest.mark.parametrize(
    "origin",
    [
        ApiError(429, {"message": "slow down"}, {"Retry-After": "7"}),
        ClientError(429, "ThrottlingException", {"retry-after": "7"}),
    ],
)
def test_rate_limit_keeps_its_status_its_words_and_its_wait(origin: Exception) -> None:
    found = translate(wrapped(origin))
    assert isinstance(found, UpstreamRejected)
    assert (found.status, found.message, found.retry_after) == (429, "slow down", "7")


@pytest.mark.parametrize("status", [401, 402, 403])
def test_refusal_of_the_key_is_fens_own(status: int) -> None:
    found = translate(wrapped(ApiError(status, {"message": "no"})))
    assert not isinstance(found, UpstreamRejected)
    assert found.code == "upstream_refused_key"


def test_status_wins_over_any_llms_class() -> None:
    found = translate(InvalidRequestError("invalid", ApiError(503, "busy")))
    assert not isinstance(found, UpstreamRejected)
    assert "503: busy" in found.message


def test_headers_of_an_answer_that_cannot_be_read_are_not_shown() -> None:
    found = translate(wrapped(ApiError(200, "half an ans", {"x-secret": "s"})))
    assert found.message == "found an answer (200) that the vendor's client cannot read"


@pytest.mark.parametrize(
    ("error", "param"),
    [
        (UnsupportedParameterError("'tool_choice' is not supported"), None),
        (InvalidRequestError("no images"), None),
        (NotImplementedError("Provider doesn't support embedding."), None),
        (wrapped(TypeError("create() got an unexpected keyword argument 'n_predict'")), "n_predict"),
    ],
)
def test_request_that_cannot_be_sent_is_the_clients_own(error: Exception, param: str | None) -> None:
    found = translate(error)
    assert isinstance(found, UpstreamRejected)
    assert (found.status, found.param) == (400, param)
    assert not isinstance(translate(error, begun=True), UpstreamRejected)


def test_fault_without_a_status_is_the_upstreams() -> None:
    for origin in (KeyError("embeddings"), TypeError("'NoneType' object is not iterable")):
        found = translate(wrapped(origin))
        assert not isinstance(found, UpstreamRejected)
        assert found.reached


def test_connection_that_failed_was_not_reached() -> None:
    lost = ConnectError("All connection attempts failed")
    assert translate(wrapped(lost)).reached is False


def test_finish_is_told_once_and_usage_last() -> None:
    def choice(**members: Any) -> dict[str, Any]:
        return {"index": 0, "delta": {}, **members}

    writer = ChunkWriter()
    head = {"created": 7, "model": "m", "object": "chat.completion.chunk"}
    first = writer.write(Chunk(id="a", choices=[choice(delta={"content": "x"})], **head))
    early = writer.write(Chunk(id="b", choices=[choice(finish_reason="tool_calls")], **head))
    late = writer.write(
        Chunk(id="c", choices=[choice(finish_reason="stop")], usage={"prompt_tokens": 1}, **head)
    )
    assert [chunk["id"] for chunk in first] == ["a"]
    assert first[0]["choices"][0]["finish_reason"] is None
    assert early == late == []
    end, usage = writer.close()
    assert (end["id"], end["choices"][0]["finish_reason"]) == ("a", "stop")
    assert (usage["choices"], usage["usage"]) == ([], {"prompt_tokens": 1})
    assert ChunkWriter().close() == []


class Counting:
    """A stream that counts up for ever, in whichever thread reads it."""

    def __init__(self) -> None:
        self.read = 0

    def __aiter__(self) -> Counting:
        return self

    async def __anext__(self) -> int:
        self.read += 1
        return self.read


async def test_thread_reads_a_little_ahead_and_ends_with_its_call() -> None:
    source = Counting()

    async def begin() -> Counting:
        return source

    call = ThreadCall(Tap())
    stream = await call.start(begin)
    assert [await anext(stream) for _ in range(3)] == [1, 2, 3]
    assert source.read < 40
    await stream.aclose()
    for thread in [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


async def test_what_the_thread_meets_is_raised_where_it_is_waited_for() -> None:
    async def fail() -> None:
        raise UpstreamFailed("broken")

    with pytest.raises(UpstreamFailed, match="broken"):
        await ThreadCall(Tap()).start(fail)


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "any_llm.any_llm", None)
    monkeypatch.setitem(sys.modules, "any_llm", None)
    with pytest.raises(
        ValueError, match=r"found no any-llm-sdk, expected Fen's extra `vendors`: pip install"
    ):
        AnyLLMUpstream(Library("cohere"), None, "k")
