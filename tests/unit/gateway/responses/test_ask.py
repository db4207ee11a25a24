"""A Responses request as a chat completions request."""

import json
from typing import Any

import pytest

from fen.gateway.responses import fates, read_ask
from fen.gateway.responses.thoughts import seal
from fen.wire.errors import InvalidRequest, Unsupported

Json = dict[str, Any]
SUMMARY: Json = {"type": "summary_text", "text": "s"}
THOUGHT: Json = {"type": "reasoning_text", "text": "s"}
BLOCKS: list[Json] = [{"type": "thinking", "thinking": "hm", "signature": "s1g"}]


def chat(**members: Any) -> Json:
    return json.loads(read_ask(json.dumps({"model": "m", "input": "hi"} | members).encode()).chat)


def messages(*items: Json, **members: Any) -> list[Json]:
    return chat(input=list(items), **members)["messages"]


def user(*parts: Json) -> Json:
    return {"role": "user", "content": list(parts)}


def call(call_id: str, name: str = "f", arguments: str = "{}") -> Json:
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def output(call_id: str, text: Any = "done") -> Json:
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def test_text_becomes_a_users_turn_behind_the_instructions() -> None:
    assert chat(instructions="be brief") == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
    }


def test_options_have_their_counterparts() -> None:
    made = chat(
        max_output_tokens=7,
        temperature=0.5,
        top_p=1,
        parallel_tool_calls=False,
        reasoning={"effort": "low", "summary": "auto"},
        text={
            "format": {"type": "json_schema", "name": "n", "schema": {"a": 1}, "strict": True},
            "verbosity": "low",
        },
        tools=[{"type": "function", "name": "f", "parameters": {"x": 1}, "strict": None, "description": "d"}],
        tool_choice={"type": "function", "name": "f"},
        include=["reasoning.encrypted_content", "message.output_text.logprobs"],
        top_logprobs=2,
        user="u",
        prompt_cache_key="k",
        service_tier="flex",
        stream=True,
        stream_options={"include_obfuscation": False},
        metadata={"a": "b"},
        store=False,
        truncation="disabled",
    )
    del made["model"], made["messages"]
    assert made == {
        "max_completion_tokens": 7,
        "temperature": 0.5,
        "top_p": 1,
        "parallel_tool_calls": False,
        "reasoning_effort": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"a": 1}, "strict": True},
        },
        "verbosity": "low",
        "tools": [
            {"type": "function", "function": {"name": "f", "parameters": {"x": 1}, "description": "d"}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "logprobs": True,
        "top_logprobs": 2,
        "user": "u",
        "prompt_cache_key": "k",
        "service_tier": "flex",
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_parts_have_their_counterparts() -> None:
    parts = [
        {"type": "input_text", "text": "look", "prompt_cache_breakpoint": {"mode": "explicit"}},
        {"type": "input_image", "image_url": "data:x", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:y"},
        {"type": "input_audio", "input_audio": {"data": "z", "format": "wav"}},
    ]
    [turn] = messages({"role": "user", "content": parts})
    assert turn["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:y"}},
        {"type": "input_audio", "input_audio": {"data": "z", "format": "wav"}},
    ]


def test_one_turn_of_the_assistant_becomes_one_message() -> None:
    reasoning: Json = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": seal(BLOCKS)}
    reasoning["content"] = [{"type": "reasoning_text", "text": "hm"}]
    said: Json = {"type": "message", "role": "assistant", "id": "x", "status": "completed"}
    said["content"] = [{"type": "output_text", "text": "so", "annotations": [{"type": "url_citation"}]}]
    turns = messages(
        reasoning, said, call("1"), call("2"), output("1"), output("2"), {"role": "user", "content": "k"}
    )
    assert turns[0] == {
        "role": "assistant",
        "content": "so",
        "reasoning_content": "hm",
        "thinking_blocks": BLOCKS,
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "2", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        ],
    }
    assert [turn["role"] for turn in turns] == ["assistant", "tool", "tool", "user"]


def test_calls_one_after_another_are_turns_of_their_own() -> None:
    turns = messages(call("1"), output("1"), call("2"), output("2", [{"type": "input_text", "text": "t"}]))
    assert [turn["role"] for turn in turns] == ["assistant", "tool", "assistant", "tool"]
    assert turns[0]["content"] is None
    assert turns[3] == {"role": "tool", "tool_call_id": "2", "content": "t"}


@pytest.mark.parametrize(
    ("param", "members"),
    [
        ("unheard_of", {"unheard_of": 1}),
        ("store", {"store": True}),
        ("background", {"background": True}),
        ("previous_response_id", {"previous_response_id": "resp"}),
        ("conversation", {"conversation": {"id": "c"}}),
        ("prompt", {"prompt": {"id": "p"}}),
        ("truncation", {"truncation": "auto"}),
        ("max_tool_calls", {"max_tool_calls": 3}),
        ("include[0]", {"include": ["file_search_call.results"]}),
        ("reasoning.summary", {"reasoning": {"summary": "detailed"}}),
        ("stream_options.include_obfuscation", {"stream_options": {"include_obfuscation": True}}),
        ("text.format.type", {"text": {"format": {"type": "grammar"}}}),
        ("text.unheard_of", {"text": {"unheard_of": 1}}),
        ("tools[0].type", {"tools": [{"type": "file_search"}]}),
        ("tools[0].defer_loading", {"tools": [{"type": "function", "name": "f", "defer_loading": True}]}),
        ("tool_choice.type", {"tool_choice": {"type": "mcp"}}),
        ("input[0].type", {"input": [{"type": "computer_call"}]}),
        ("input[0].type", {"input": [{"type": "item_reference", "id": "i"}]}),
        ("input[0].unheard_of", {"input": [{"role": "user", "content": "x", "unheard_of": 1}]}),
        ("input[0].phase", {"input": [{"role": "assistant", "content": "x", "phase": "commentary"}]}),
        ("input[0].content[0].file_id", {"input": [user({"type": "input_image", "file_id": "f"})]}),
        ("input[0].content[0].file_url", {"input": [user({"type": "input_file", "file_url": "f"})]}),
        ("input[0].output[0].type", {"input": [output("1", [{"type": "input_image", "image_url": "u"}])]}),
        ("input[0].encrypted_content", {"input": [{"type": "reasoning", "encrypted_content": "gAAA"}]}),
        ("input[0].encrypted_content", {"input": [{"type": "reasoning", "encrypted_content": "fen1.%"}]}),
        ("input[0].summary", {"input": [{"type": "reasoning", "summary": [SUMMARY]}]}),
        ("input[0].type", {"input": [{"type": "reasoning", "content": [THOUGHT]}]}),
        ("input[1].role", {"input": [call("1"), {"role": "assistant", "content": "x"}]}),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(param: str, members: Json) -> None:
    with pytest.raises(Unsupported) as caught:
        chat(**members)
    assert caught.value.param == param
    assert caught.value.code == "untranslatable"
    assert caught.value.message.startswith(param)


@pytest.mark.parametrize(
    ("param", "members"),
    [
        ("input", {"input": None}),
        ("input", {"input": []}),
        ("input[0].role", {"input": [{"content": "x"}]}),
        ("input[0].content", {"input": [{"role": "user", "content": 5}]}),
        ("input[0].call_id", {"input": [{"type": "function_call", "name": "f", "arguments": ""}]}),
        ("max_output_tokens", {"max_output_tokens": 0}),
        ("max_output_tokens", {"max_output_tokens": True}),
        ("stream", {"stream": "yes"}),
        ("metadata.a", {"metadata": {"a": 1}}),
        ("tools[0].name", {"tools": [{"type": "function"}]}),
        ("model", {"model": None}),
    ],
)
def test_what_is_malformed_is_refused_by_name(param: str, members: Json) -> None:
    with pytest.raises(InvalidRequest) as caught:
        chat(**members)
    assert (caught.value.param, caught.value.code) == (param, "invalid_type")


def test_a_body_that_is_no_object_is_refused() -> None:
    for body in (b"[]", b"{", b"\xff"):
        with pytest.raises(InvalidRequest):
            read_ask(body)


def test_members_that_ask_for_nothing_are_let_pass() -> None:
    for name, fate in fates.REQUEST.items():
        for value in (None, *fate.neutral):
            assert chat(**{name: value}) == chat(), name


def test_the_answer_repeats_what_was_asked() -> None:
    asked = {"model": "m", "input": "hi", "temperature": 0.5, "tools": [{"type": "function", "name": "f"}]}
    echo = read_ask(json.dumps(asked).encode()).echo
    assert (echo["temperature"], echo["tools"]) == (0.5, asked["tools"])
    assert (echo["tool_choice"], echo["metadata"], echo["top_p"]) == ("auto", {}, None)
