"""What a model cannot serve is refused before it is sent, with the limit and the value."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from msgspec.structs import replace

from fen.accounts.tier import Tier
from fen.catalogue import Card
from fen.gateway import Call, Caller, Parts
from fen.gateway.call import Handling
from fen.gateway.choice import check_limits, choose_candidates, find_card, make_candidate
from fen.gateway.limits import LimitBook, Limits
from fen.gateway.measure import measure
from fen.wire.errors import ContextLengthExceeded, FenError, NotFound, Unsupported
from fen.wire.request import parse_request
from tests.fakes.pipeline import OneModel, Puppet, make_card

IMAGE = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
AUDIO = [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]
FILE = [{"type": "file", "file": {"file_id": "f"}}]
TOOLS = {"tools": [{"type": "function", "function": {"name": "f"}}]}
SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}}


def make_call(content: Any = "hi", **members: Any) -> Call:
    body = {"model": "puppet/model", "messages": [{"role": "user", "content": content}], **members}
    return Call("req", parse_request("openai.chat", json.dumps(body).encode()), Caller(inside=True), 0)


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def sized(content: Any = "hi", **members: Any) -> Call:
    call = make_call(content, **members)
    return replace(call, size=measure(call.request))


SIZED_TOOLS = measure(make_call(**TOOLS).request)


def limits_of(card: Card) -> Limits:
    return LimitBook().effective(card, Tier("api"))


def check(card: Card, call: Call) -> None:
    check_limits(card, limits_of(card), measure(call.request))


def refuse(card: Card, call: Call) -> FenError:
    with pytest.raises(FenError) as caught:
        check_limits(card, limits_of(card), measure(call.request))
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
    check(make_card(abilities=None), call)
    check(make_card(abilities=frozenset({"vision", "tools"})), call)


def test_input_that_certainly_is_too_long_is_refused_with_both_figures() -> None:
    error = refuse(make_card(), make_call("word " * 3000))
    assert isinstance(error, ContextLengthExceeded)
    assert "found at least 3000 tokens, expected at most 1000 for puppet/model" in error.message
    assert (error.param, error.code) == ("messages", "context_length_exceeded")
    call = make_call("word " * 900)
    check(make_card(), call)
    call = make_call("word " * 3000)
    check(make_card(context_window=None), call)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_output_limit_over_the_models_is_refused_by_its_name(name: str) -> None:
    parts = make_parts(make_card(), True, Handling(continuation=False))
    with pytest.raises(ContextLengthExceeded) as caught:
        make_candidate(sized(**{name: 101}), parts, make_card(), NOW)
    assert f"{name}: found 101, expected at most 100 for puppet/model" in caught.value.message
    assert caught.value.param == name
    assert make_candidate(sized(**{name: 100}), parts, make_card(), NOW).card == make_card()


@pytest.mark.parametrize(
    "members", [TOOLS, {"n": 2}, {"logprobs": True, "max_tokens": 101}, {"modalities": ["text", "audio"]}]
)
def test_longer_answer_is_refused_where_segments_cannot_make_it(members: dict[str, Any]) -> None:
    parts = make_parts(make_card(), True)
    with pytest.raises(ContextLengthExceeded, match="found 101, expected at most 100"):
        make_candidate(sized(**({"max_tokens": 101} | members)), parts, make_card(), NOW)
    assert make_candidate(sized(max_tokens=101), parts, make_card(), NOW).limits.output == 100


def test_tier_narrows_what_a_model_gives() -> None:
    tier = Tier("small", context_window=500, max_output_tokens=50, models=("puppet/*",))
    parts = make_parts(make_card(), True)
    call = replace(sized(max_tokens=50), tier=tier)
    limits = make_candidate(call, parts, make_card(), NOW).limits
    assert (limits.window, limits.output, limits.cap) == (500, 50, 50)
    for wrong, words in (
        (replace(sized(max_tokens=51), tier=tier), "found 51, expected at most 50 in the tier 'small'"),
        (replace(call, tier=replace(tier, models=("other/*",))), "tier 'small' allows: other"),
        (replace(call, tier=replace(tier, abilities=frozenset()), size=SIZED_TOOLS), "needs tools"),
    ):
        with pytest.raises(FenError, match=words) as caught:
            make_candidate(wrong, parts, make_card(), NOW)
        assert caught.value.code == "tier_limit"


def make_parts(card: Card, enabled: bool, handling: Handling | None = None) -> Parts:
    members = {
        "catalogue": OneModel(card, None),
        "upstreams": {card.upstream: Puppet([])} if enabled else {},
        "handlings": {} if handling is None else {card.id: handling},
        "limits": LimitBook(),
        "on_retired": "refuse",
    }
    return cast(Parts, type("Some", (), members))


def test_model_is_found_where_its_upstream_is_enabled() -> None:
    card = make_card()
    assert find_card(make_call(), make_parts(card, True)) is card
    with pytest.raises(NotFound, match="upstream 'puppet' is not enabled") as caught:
        choose_candidates(sized(), make_parts(card, False), NOW)
    assert (caught.value.param, caught.value.code) == ("model", "upstream_not_enabled")
    with pytest.raises(NotFound, match="GET /v1/models") as caught:
        find_card(make_call(), make_parts(replace(card, id="puppet/other"), True))
    assert caught.value.code == "model_not_found"
