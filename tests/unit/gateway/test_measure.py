"""A request's size without a tokenizer: a bound, an estimate, a floor, and what it needs."""

import json
from typing import Any

import pytest

from fen.gateway.measure import (
    MEDIA_TOKENS,
    TEMPLATE_TOKENS,
    TOOL_TEMPLATE_TOKENS,
    Measure,
    measure,
    output_tokens,
)
from fen.wire.request import parse_request


def size_of(content: Any = "hi", **members: Any) -> tuple[Measure, int]:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": content}], **members}).encode()
    return measure(parse_request("openai.chat", body)), len(body)


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def test_text_is_bounded_by_its_bytes() -> None:
    size, length = size_of("The sea is deep. " * 10)
    assert size.bound == length + TEMPLATE_TOKENS
    assert size.estimate == length // 4
    assert size.needs == frozenset()


def test_floor_counts_words_of_long_texts_only() -> None:
    assert size_of("word " * 100)[0].floor == 0
    assert size_of("word " * 5000)[0].floor == 5000
    parts = [{"type": "text", "text": "word " * 3000}, {"type": "text", "text": "word " * 2000}]
    assert size_of(parts)[0].floor == 5000
    assert size_of("字" * 5000)[0].floor == 1  # without spaces nothing is sure


@pytest.mark.parametrize(
    ("part", "need", "data"),
    [
        ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, "vision", 0),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 90_000}},
            "vision",
            90_022,
        ),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "vision", 26),
        ({"type": "input_audio", "input_audio": {"data": "B" * 400, "format": "wav"}}, "audio", 400),
        ({"type": "file", "file": {"file_data": "C" * 400}}, "files", 400),
        ({"type": "file", "file": {"file_id": "f-1"}}, "files", 0),
    ],
)
def test_media_are_bounded_by_a_published_maximum_or_by_their_bytes(
    part: dict[str, Any], need: str, data: int
) -> None:
    size, length = size_of([{"type": "text", "text": "What is this?"}, part])
    assert size.needs == {need}
    assert size.bound == length - data + max(MEDIA_TOKENS, data) + TEMPLATE_TOKENS
    assert size.estimate == (length - data) // 4


def test_tools_and_schemas_are_needs() -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    size, length = size_of(tools=[tool])
    assert size.needs == {"tools"}
    assert size.bound == length + TEMPLATE_TOKENS + TOOL_TEMPLATE_TOKENS
    assert size_of(tools=[])[0].needs == frozenset()
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}
    assert size_of(response_format=schema)[0].needs == {"json_schema"}
    assert size_of(response_format={"type": "json_object"})[0].needs == frozenset()


def test_embeddings_are_bounded_by_their_bytes() -> None:
    body = b'{"model":"m","input":["a ship","a harbour"]}'
    size = measure(parse_request("openai.embeddings", body))
    assert (size.bound, size.estimate, size.floor) == (len(body), len(body) // 4, 0)
    tokens = b'{"model":"m","input":[[1,2,3]]}'
    assert measure(parse_request("openai.embeddings", tokens)).bound >= 3


@pytest.mark.parametrize(
    ("produced", "events", "tokens"), [(0, 0, 0), (0, 5, 0), (1, 1, 1), (9, 1, 3), (9, 5, 5), (40, 1, 10)]
)
def test_output_is_estimated_by_chunks_and_bytes(produced: int, events: int, tokens: int) -> None:
    assert output_tokens(produced, events) == tokens
