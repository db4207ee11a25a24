"""Anthropic's format as views: usage, errors, frames, and what the views let pass."""

import msgspec
import pytest

from fen.wire import errors
from fen.wire.anthropic import (
    AnthropicUsage,
    Block,
    BlockDelta,
    MessagesRequest,
    StreamEvent,
    count_written,
    frame_event,
    merge_usage,
    read_anthropic_usage,
    read_finish,
    to_error,
    type_of,
    walk_blocks,
)
from fen.wire.usage import Usage


def usage(**members: object) -> AnthropicUsage:
    return msgspec.convert(members, AnthropicUsage)


READINGS = [
    (usage(input_tokens=10, output_tokens=5), Usage(input=10, output=5), ()),
    (
        usage(
            input_tokens=10,
            cache_read_input_tokens=90,
            cache_creation_input_tokens=7,
            cache_creation={"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 0},
            output_tokens=5,
            output_tokens_details={"thinking_tokens": 3},
        ),
        Usage(input=10, cached_input=90, cache_write=7, output=2, reasoning=3),
        (),
    ),
    (
        usage(
            input_tokens=1,
            output_tokens=1,
            cache_creation_input_tokens=9,
            cache_creation={"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5},
        ),
        Usage(input=1, cache_write=9, output=1),
        ("cache_write_1h",),
    ),
    (
        usage(input_tokens=1, output_tokens=1, server_tool_use={"web_search_requests": 2}),
        Usage(input=1, output=1),
        ("server_tool_use",),
    ),
    (usage(), Usage(), ("missing_input_tokens", "missing_output_tokens")),
    (
        usage(input_tokens=-1, cache_read_input_tokens=-2, output_tokens=-3),
        Usage(),
        ("negative_input_tokens", "negative_cache_read_input_tokens", "negative_output_tokens"),
    ),
    (
        usage(input_tokens=1, output_tokens=4, output_tokens_details={"thinking_tokens": 9}),
        Usage(input=1, reasoning=4),
        ("implausible_thinking_tokens",),
    ),
    (
        usage(
            input_tokens=1,
            output_tokens=1,
            cache_creation_input_tokens=5,
            cache_creation={"ephemeral_5m_input_tokens": 8},
        ),
        Usage(input=1, cache_write=8, output=1),
        ("cache_creation_not_sum",),
    ),
]


@pytest.mark.parametrize(("reported", "expected", "flags"), READINGS)
def test_usage_is_read_into_disjoint_meters(
    reported: AnthropicUsage, expected: Usage, flags: tuple[str, ...]
) -> None:
    reading = read_anthropic_usage(reported)
    assert (reading.usage, reading.flags) == (expected, flags)


def test_streams_second_report_lies_over_the_first_and_never_below_it() -> None:
    begun = usage(input_tokens=10, cache_read_input_tokens=5, output_tokens=1)
    assert merge_usage(begun, usage(output_tokens=9)) == usage(
        input_tokens=10, cache_read_input_tokens=5, output_tokens=9
    )
    assert merge_usage(begun, usage(input_tokens=0, output_tokens=9)).input_tokens == 10
    assert merge_usage(usage(input_tokens=0, output_tokens=0), begun) == begun
    assert merge_usage(None, begun) == begun


STATUSES = [
    (errors.InvalidRequest("x"), 400, "invalid_request_error"),
    (errors.Unauthenticated("x"), 401, "authentication_error"),
    (errors.BudgetExceeded("x"), 402, "billing_error"),
    (errors.Forbidden("x"), 403, "permission_error"),
    (errors.NotFound("x"), 404, "not_found_error"),
    (errors.TooLarge("x"), 413, "request_too_large"),
    (errors.RateLimited("x", retry_after=1), 429, "rate_limit_error"),
    (errors.Internal("x"), 500, "api_error"),
    (errors.UpstreamFailed("x"), 502, "api_error"),
    (errors.Overloaded("x"), 503, "overloaded_error"),
    (errors.BooksUnavailable("x"), 503, "overloaded_error"),
    (errors.UpstreamTimeout("x"), 504, "timeout_error"),
    (errors.UpstreamRejected(422, errors.ErrorBody("x", "odd")), 422, "invalid_request_error"),
    (errors.UpstreamRejected(529, errors.ErrorBody("x", "odd")), 529, "overloaded_error"),
]


@pytest.mark.parametrize(("error", "status", "name"), STATUSES)
def test_every_error_has_anthropics_name(error: errors.FenError, status: int, name: str) -> None:
    assert (error.status, to_error(error).error.type) == (status, name)


def test_error_object_is_anthropics_with_fens_code() -> None:
    error = errors.Unsupported("no", param="messages[0]")
    error.request_id = "req_1"
    assert msgspec.json.decode(msgspec.json.encode(to_error(error))) == {
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "message": "no",
            "code": "unsupported_value",
            "param": "messages[0]",
        },
        "request_id": "req_1",
    }
    plain = msgspec.json.decode(msgspec.json.encode(to_error(errors.FenError("no"))))
    assert plain == {"type": "error", "error": {"type": "api_error", "message": "no"}}
    assert type_of(418) == "invalid_request_error"


@pytest.mark.parametrize(
    ("data", "framed"),
    [
        (b'{"type":"ping"}', b'event: ping\ndata: {"type":"ping"}\n\n'),
        (b'{"x":1.10,"type":"ping"}', b'event: ping\ndata: {"x":1.10,"type":"ping"}\n\n'),
        (b'{"type":\n"ping"}', b'event: ping\ndata: {"type": "ping"}\n\n'),
        (b'{"type":"a\\nb"}', b'data: {"type":"a\\nb"}\n\n'),
    ],
)
def test_event_is_framed_under_its_own_name(data: bytes, framed: bytes) -> None:
    assert frame_event(data) == framed


def test_finish_is_told_in_openais_words() -> None:
    said = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "refusal": "content_filter",
        "pause_turn": "pause_turn",
        None: None,
    }
    assert {reason: read_finish(reason) for reason in said} == said


def test_written_bytes_are_counted_in_utf8() -> None:
    assert count_written(BlockDelta(text="分", thinking="a", partial_json="{}")) == 6


def test_request_with_blocks_and_tools_that_are_not_known_is_read() -> None:
    body = msgspec.json.encode(
        {
            "model": "m",
            "max_tokens": 0,
            "system": [{"type": "text", "text": "S", "cache_control": {"type": "ephemeral"}}],
            "messages": [
                {"role": "user", "content": "hi"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "server_tool_use", "id": "a", "name": "web_search", "input": {"q": 1}},
                        {"type": "web_search_tool_result", "tool_use_id": "a", "content": {"type": "error"}},
                        {"type": "search_result", "source": "a page", "title": "t", "content": []},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "b",
                            "content": [
                                {"type": "image", "source": {"type": "url", "url": "u"}},
                                {"type": "text", "text": "T"},
                            ],
                        },
                        {
                            "type": "document",
                            "source": {"type": "content", "content": [{"type": "text", "text": "D"}]},
                        },
                    ],
                },
            ],
            "tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}],
            "mcp_servers": [{"url": "x"}],
        }
    )
    request = msgspec.json.decode(body, type=MessagesRequest)
    found = list(walk_blocks(request))
    assert [block.text for block in found if block.type == "text"] == ["S", "hi", "T", "D"]
    assert [block.type for block in found if block.type != "text"] == [
        "server_tool_use",
        "web_search_tool_result",
        "search_result",
        "tool_result",
        "image",
        "document",
    ]
    assert (request.output_limit, request.choices) == (0, 1)


def test_request_without_a_limit_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="max_tokens"):
        msgspec.json.decode(b'{"model":"m","messages":[{"role":"user","content":"x"}]}', type=MessagesRequest)


def test_event_that_is_not_known_is_read() -> None:
    event = msgspec.json.decode(b'{"type":"weather","delta":{"rain":true}}', type=StreamEvent)
    assert event.type == "weather"
    assert Block("text").text is None
