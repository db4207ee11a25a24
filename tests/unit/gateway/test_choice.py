"""What a model cannot serve is refused before it is sent, with the limit and the value."""

import json
from typing import Any, cast

import pytest
from msgspec.structs import replace

from fen.catalogue import Card
from fen.gateway import Call, Caller, Parts
from fen.gateway.choice import bound_output, check_limits, find_card
from fen.gateway.measure import measure
from fen.wire.errors import ContextLengthExceeded, FenError, NotFound, Unsupported
from fen.wire.request import parse_request
from tests.fakes.pipeline import OneModel, make_card

IMAGE = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
AUDIO = [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]
FILE = [{"type": "file", "file": {"file_id": "f"}}]
TOOLS = {"tools": [{"type": "function", "function": {"name": "f"}}]}
SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}}


def make_call(content: Any = "hi", **members: Any) -> Call:
    body = {"model": "puppet/model", "messages": [{"role": "user", "content": content}], **members}
    return Call("req", parse_request("openai.chat", json.dumps(body).encode()), Caller(inside=True), 0)


def refuse(card: Card, call: Call) -> FenError:
    with pytest.raises(FenError) as caught:
        check_limits(call, card, measure(call.request))
    return caught.value


@pytest.mark.parametrize(
    ("content", "members", "words"),
    [
        (IMAGE, {}, "found an image"),
        (AUDIO, {}, "found audio"),
        (FILE, {}, "found a file"),
        ("hi", TOOLS, "found tools"),
        ("hi", SCHEMA, "found a JSON schema"),
    ],
)
def test_ability_that_the_model_lacks_is_named(content: Any, members: dict[str, Any], words: str) -> None:
    error = refuse(make_card(abilities=frozenset()), make_call(content, **members))
    assert isinstance(error, Unsupported)
    assert error.status == 400
    assert words in error.message
    assert "what puppet/model can do: text only" in error.message


def test_abilities_that_nobody_knows_refuse_nothing() -> None:
    call = make_call(IMAGE, **TOOLS)
    check_limits(call, make_card(abilities=None), measure(call.request))
    check_limits(call, make_card(abilities=frozenset({"vision", "tools"})), measure(call.request))


def test_input_that_certainly_is_too_long_is_refused_with_both_figures() -> None:
    error = refuse(make_card(), make_call("word " * 3000))
    assert isinstance(error, ContextLengthExceeded)
    assert "found at least 3000 tokens, expected at most 1000 for puppet/model" in error.message
    assert (error.param, error.code) == ("messages", "context_length_exceeded")
    call = make_call("word " * 900)
    check_limits(call, make_card(), measure(call.request))
    call = make_call("word " * 3000)
    check_limits(call, make_card(context_window=None), measure(call.request))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_output_limit_over_the_models_is_refused_by_its_name(name: str) -> None:
    error = refuse(make_card(), make_call(**{name: 101}))
    assert f"{name}: found 101, expected at most 100 for puppet/model" in error.message
    assert error.param == name
    call = make_call(**{name: 100})
    check_limits(call, make_card(), measure(call.request))


@pytest.mark.parametrize(
    ("members", "facts", "bound"),
    [
        ({}, {}, 100),
        ({"max_tokens": 7}, {}, 7),
        ({"max_completion_tokens": 7, "n": 3}, {}, 21),
        ({"max_tokens": 50, "max_completion_tokens": 7}, {}, 7),
        ({"n": 2}, {"max_output_tokens": None}, 2000),
        ({"max_tokens": 7}, {"max_output_tokens": None, "context_window": None}, 7),
        ({}, {"max_output_tokens": None, "context_window": None}, None),
    ],
)
def test_output_is_bounded_by_the_smallest_that_is_known(
    members: dict[str, Any], facts: dict[str, Any], bound: int | None
) -> None:
    assert bound_output(make_call(**members), make_card(**facts)) == bound


def make_parts(card: Card, enabled: bool) -> Parts:
    upstreams = {card.upstream: object()} if enabled else {}
    return cast(Parts, type("Some", (), {"catalogue": OneModel(card, None), "upstreams": upstreams}))


def test_model_is_found_where_its_upstream_is_enabled() -> None:
    card = make_card()
    assert find_card(make_call(), make_parts(card, True)) is card
    with pytest.raises(NotFound, match="upstream 'puppet' is not enabled") as caught:
        find_card(make_call(), make_parts(card, False))
    assert (caught.value.param, caught.value.code) == ("model", "upstream_not_enabled")
    with pytest.raises(NotFound, match="GET /v1/models") as caught:
        find_card(make_call(), make_parts(replace(card, id="puppet/other"), True))
    assert caught.value.code == "model_not_found"
