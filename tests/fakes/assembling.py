"""Clients of either format, strict about its rules: they put a stream together and return what it says."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]


def assemble_chunks(chunks: list[bytes]) -> Json:
    """Put a chat completion's chunks together; lists other than `tool_calls` are appended."""
    message: Json = {}
    calls: list[Json] = []
    answer: Json = {"message": message, "finish_reason": None, "usage": None}
    for data in chunks:
        chunk: Json = msgspec.json.decode(data)
        assert chunk["object"] == "chat.completion.chunk"
        answer |= {"id": chunk["id"], "model": chunk["model"], "created": chunk["created"]}
        if chunk.get("usage") is not None:
            assert chunk["choices"] == []
            answer["usage"] = chunk["usage"]
            continue
        assert answer["finish_reason"] is None, "nothing but usage comes behind the finish_reason"
        [choice] = chunk["choices"]
        answer["finish_reason"] = choice["finish_reason"]
        for name, value in choice["delta"].items():
            if name == "tool_calls":
                for piece in value:
                    _add_call(calls, piece)
            elif name == "role":
                message[name] = value
            else:
                message[name] = message[name] + value if name in message else value
    if calls:
        message["tool_calls"] = calls
    return answer


def _add_call(calls: list[Json], piece: Json) -> None:
    index = piece["index"]
    if index == len(calls):
        calls.append({name: value for name, value in piece.items() if name != "index"})
        assert calls[index]["id"]
        assert calls[index]["function"]["name"]
        return
    calls[index]["function"]["arguments"] += piece["function"]["arguments"]


def assemble_events(events: list[bytes]) -> Json:
    """Put a message's events together; raises AssertionError where they are not in Anthropic's order."""
    tree: list[Json] = [msgspec.json.decode(data) for data in events]
    assert [tree[0]["type"], tree[-2]["type"], tree[-1]["type"]] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]
    message: Json = tree[0]["message"]
    blocks: list[Json] = message["content"]
    inputs: dict[int, str] = {}
    is_open: dict[int, bool] = {}
    for event in tree[1:-2]:
        index: int = event["index"]
        if event["type"] == "content_block_start":
            assert index == len(blocks), "blocks begin in order"
            blocks.append(event["content_block"])
            is_open[index] = True
            continue
        assert is_open[index], "a block is added to while it is open"
        if event["type"] == "content_block_stop":
            is_open[index] = False
        else:
            _add_delta(blocks[index], event["delta"], inputs, index)
    assert not any(is_open.values()), "every block ends"
    for index, text in inputs.items():
        blocks[index]["input"] = msgspec.json.decode(text)
    message |= tree[-2]["delta"]
    message["usage"] |= tree[-2]["usage"]
    return message


def _add_delta(block: Json, delta: Json, inputs: dict[int, str], index: int) -> None:
    kind = delta["type"]
    if kind == "input_json_delta":
        assert block["type"] == "tool_use"
        inputs[index] = inputs.get(index, "") + delta["partial_json"]
    elif kind == "signature_delta":
        block["signature"] = delta["signature"]
    else:
        name = {"text_delta": "text", "thinking_delta": "thinking"}[kind]
        assert block["type"] == name
        block[name] += delta[name]
