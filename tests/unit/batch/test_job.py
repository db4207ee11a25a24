"""What a batch may be asked to be, and how files and batches are told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fen.batch import (
    Batch,
    Counts,
    Fault,
    StoredFile,
    describe_batch,
    describe_file,
    read_batch_request,
)
from fen.batch.file import check_filename, make_id
from fen.wire.errors import InvalidRequest

GOOD = {"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h"}
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def read(**changes: Any) -> Any:
    return read_batch_request(json.dumps(GOOD | changes).encode())


def test_a_batch_is_asked_for_in_openais_words() -> None:
    life = {"anchor": "created_at", "seconds": 3600}
    wanted = read(metadata={"k" * 64: "v" * 512}, output_expires_after=life)
    assert (wanted.input_file_id, wanted.endpoint) == ("file-1", "/v1/embeddings")
    assert wanted.output_expires_after.seconds == 3600


@pytest.mark.parametrize(
    ("changes", "param", "words"),
    [
        ({"endpoint": "/v1/responses"}, "endpoint", "expected /v1/chat/completions or /v1/embeddings"),
        ({"completion_window": "7d"}, "completion_window", "found '7d', expected 24h"),
        ({"input_file_id": 7}, "input_file_id", "got `int`"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "found 17 pairs, expected at most 16"),
        ({"metadata": {"k" * 65: ""}}, "metadata", "found a key of 65 characters"),
        ({"metadata": {"k": "v" * 513}}, "metadata", "a value of 513"),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 1}},
            "output_expires_after",
            "found 1, expected 3600 to 2592000",
        ),
    ],
)
def test_what_a_batch_cannot_be_is_told(changes: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(**changes)
    assert words in caught.value.message
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_object_is_told(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"expected|Expected"):
        read_batch_request(body)


def test_a_member_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="`priority`"):
        read(priority=1)


def test_a_batch_is_told_as_openai_does() -> None:
    batch = Batch(
        id="batch_1",
        key_id=None,
        endpoint="/v1/embeddings",
        input_file_id="file-1",
        metadata={"a": "b"},
        state="failed",
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
        errors=(Fault("empty_file", "found no line, expected one"),),
        counts=Counts(3, 2, 1),
    )
    told = describe_batch(batch)
    assert told["created_at"] == NOON.timestamp()
    assert told["expires_at"] == NOON.timestamp() + 86400
    assert told["completed_at"] is None
    assert told["request_counts"] == {"total": 3, "completed": 2, "failed": 1}
    assert told["errors"]["data"][0]["code"] == "empty_file"
    assert describe_batch(Batch(**{**_fields(batch), "errors": ()}))["errors"] is None


def _fields(batch: Batch) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in batch.__struct_fields__}


def test_a_file_is_told_as_openai_does() -> None:
    told = describe_file(StoredFile("file-1", "key_1", "batch", "a.jsonl", 7, NOON))
    assert (told["id"], told["bytes"], told["status"], told["expires_at"]) == ("file-1", 7, "processed", None)
    assert "key_1" not in str(told)


@pytest.mark.parametrize("name", ["", "a\x00b", "a\nb", "x" * 256])
def test_a_name_is_text_that_can_be_shown(name: str) -> None:
    with pytest.raises(InvalidRequest, match="expected 1 to 255 printable"):
        check_filename(name)
    assert check_filename("资料 1.jsonl") == "资料 1.jsonl"


def test_ids_are_new_each_time() -> None:
    assert len({make_id("file-") for _ in range(100)}) == 100
