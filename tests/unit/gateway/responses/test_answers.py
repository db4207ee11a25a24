"""Answers in the Responses format, whole and streamed."""

import json
from typing import Any

import pytest

from fen.gateway.responses import EventWriter, read_ask, write_answer
from fen.wire.errors import InvalidRequest, UpstreamFailed
from fen.wire.sse import EventDecoder

Json = dict[str, Any]
ASK = read_ask(b'{"model":"m","input":"hi"}')
HEAD: Json = {"id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "gpt"}
USAGE: Json = {
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 6},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


def whole(message: Json, finish: str | None = "stop", **members: Any) -> Json:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = json.dumps(HEAD | {"choices": [choice], "usage": USAGE} | members).encode()
    return json.loads(write_answer(body, ASK, "req_1"))


def chunk(delta: Json, finish: str | None = None, **members: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps(HEAD | {"object": "chat.completion.chunk", "choices": [choice]} | members).encode()


def events(*chunks: bytes, close: bool = True) -> list[Json]:
    writer = EventWriter(ASK, "req_1")
    frames = b"".join(writer.feed(payload) for payload in chunks)
    if close:
        frames += writer.close()
    found = [json.loads(payload) for payload in EventDecoder().feed(frames)]
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    names = [line[7:].decode() for line in frames.splitlines() if line.startswith(b"event: ")]
    assert names == [event["type"] for event in found]
    return found


def test_completion_becomes_a_response() -> None:
    answer = whole({"role": "assistant", "content": "hi", "refusal": None})
    assert (answer["id"], answer["object"], answer["created_at"], answer["model"]) == (
        "resp_1",
        "response",
        5,
        "gpt",
    )
    assert (answer["status"], answer["error"], answer["incomplete_details"]) == ("completed", None, None)
    part = {"type": "output_text", "text": "hi", "annotations": [], "logprobs": []}
    head = {"id": "msg_1_0", "type": "message", "status": "completed", "role": "assistant"}
    assert answer["output"] == [head | {"content": [part]}]
    assert answer["usage"] == {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 0},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 13,
    }
    assert (answer["store"], answer["previous_response_id"]) == (False, None)


def test_a_turn_comes_back_as_it_went_out() -> None:
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "s"}]
    function = {"name": "f", "arguments": '{"a":1}'}
    said: Json = {"role": "assistant", "content": "so", "reasoning_content": "hm", "thinking_blocks": blocks}
    said["tool_calls"] = [{"id": "c1", "type": "function", "function": function}]
    answer = whole(said, "tool_calls")
    back = read_ask(json.dumps({"model": "m", "input": answer["output"]}).encode())
    assert json.loads(back.chat)["messages"] == [said]


def test_refusals_and_cuts_are_told() -> None:
    refused = whole({"content": None, "refusal": "no"})
    assert refused["output"][0]["content"] == [{"type": "refusal", "refusal": "no"}]
    for finish, reason in (("length", "max_output_tokens"), ("content_filter", "content_filter")):
        cut = whole({"content": "h"}, finish)
        assert (cut["status"], cut["incomplete_details"]) == ("incomplete", {"reason": reason})
        assert cut["output"][0]["status"] == "incomplete"


def test_what_the_format_has_no_place_for_rides_along() -> None:
    answer = whole({"content": "hi", "x_more": {"y": 1}}, system_fingerprint="fp", service_tier="flex")
    assert answer["chat"] == {"id": "chatcmpl-1", "system_fingerprint": "fp", "message": {"x_more": {"y": 1}}}
    assert answer["service_tier"] == "flex"


def test_probabilities_are_handed_on() -> None:
    entry = {"token": "hi", "logprob": -1.0, "bytes": [104, 105], "top_logprobs": []}
    choice = {
        "index": 0,
        "message": {"content": "hi"},
        "finish_reason": "stop",
        "logprobs": {"content": [entry]},
    }
    answer = json.loads(write_answer(json.dumps(HEAD | {"choices": [choice]}).encode(), ASK, "req_1"))
    assert answer["output"][0]["content"][0]["logprobs"] == [entry]
    assert answer["usage"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b'{"choices":[]}',
        b'{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}',
        b'{"choices":[{"message":{"tool_calls":[{"type":"custom","function":{"name":"f"}}]}}]}',
        b'{"choices":[{"message":{"content":[{"type":"image"}]}}]}',
    ],
)
def test_an_answer_that_would_lose_something_fails(body: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        write_answer(body, ASK, "req_1")


def test_a_stream_without_words_has_an_empty_message() -> None:
    found = events(chunk({"role": "assistant"}), chunk({}, "stop"))
    assert found[-1]["type"] == "response.completed"
    assert found[-1]["response"]["output"][0]["content"][0]["text"] == ""


def test_calls_side_by_side_keep_their_places() -> None:
    def piece(index: int, text: str, **head: str) -> bytes:
        named = {"name": head["name"]} if head else {}
        ident = {"id": f"c{index}", "type": "function"} if head else {}
        return chunk({"tool_calls": [{"index": index, "function": named | {"arguments": text}} | ident]})

    found = events(
        chunk({"content": "so"}),
        piece(0, '{"a', name="f"),
        piece(1, "{", name="g"),
        piece(0, '":1}'),
        piece(1, "}"),
    )
    output = found[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["message", "function_call", "function_call"]
    assert [(item["call_id"], item["name"], item["arguments"]) for item in output[1:]] == [
        ("c0", "f", '{"a":1}'),
        ("c1", "g", "{}"),
    ]
    grown = {1: "", 2: ""}
    for event in found:
        if event["type"] == "response.function_call_arguments.delta":
            grown[event["output_index"]] += event["delta"]
    assert grown == {1: '{"a":1}', 2: "{}"}


def test_every_item_and_part_that_begins_ends() -> None:
    found = events(
        chunk({"reasoning_content": "hm"}),
        chunk({"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}),
        chunk({"content": "so"}),
        chunk({"refusal": "no"}),
        chunk({}, "stop"),
    )
    kinds = [event["type"] for event in found]
    for thing in ("output_item", "content_part"):
        assert kinds.count(f"response.{thing}.added") == kinds.count(f"response.{thing}.done") > 1
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert done == found[-1]["response"]["output"]
    assert done[0]["encrypted_content"].startswith("fen1.")
    assert [part["type"] for part in done[1]["content"]] == ["output_text", "refusal"]


def test_usage_and_figures_stand_in_the_last_event() -> None:
    last = json.dumps(HEAD | {"choices": [], "usage": USAGE, "fen": {"cost": "1"}, "x_more": 1}).encode()
    found = events(chunk({"content": "hi"}), chunk({}, "length"), last)
    end = found[-1]
    assert end["type"] == "response.incomplete"
    assert end["response"]["usage"]["input_tokens_details"]["cached_tokens"] == 6
    assert (end["response"]["fen"], end["response"]["chat"]) == ({"cost": "1"}, {"x_more": 1})


def test_an_error_ends_the_stream_as_failed() -> None:
    writer = EventWriter(ASK, "req_1")
    writer.feed(chunk({"content": "h"}))
    told = EventDecoder().feed(writer.feed(b'{"error":{"message":"gone","type":"t","code":null}}'))
    last = json.loads(told[-1])
    assert last["type"] == "response.failed"
    assert last["response"]["error"] == {"code": "t", "message": "gone"}
    assert last["response"]["output"][0]["status"] == "incomplete"
    assert writer.ended
    early = json.loads(EventDecoder().feed(EventWriter(ASK, "req_2").fail(InvalidRequest("bad")))[-1])
    assert early["response"]["error"]["message"] == "bad"


def test_a_chunk_that_would_lose_something_fails() -> None:
    with pytest.raises(UpstreamFailed):
        events(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}))
    with pytest.raises(UpstreamFailed):
        events(json.dumps(HEAD | {"choices": [{"index": 1, "delta": {}}]}).encode())
