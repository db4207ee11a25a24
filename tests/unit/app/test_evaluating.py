"""How an evaluation asks: the body that is sent, the answer that is read."""

import json

import pytest

from fen.app import evaluating
from fen.app.evaluating import Evaluator, make_body, read_answer
from fen.hierarchy.suite import Answer, Prompt, Span, ToolCall
from fen.wire.errors import ConfigError
from fen.wire.request import Request

MESSAGES = ({"role": "user", "content": "Sum up: abc"},)
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


def complete(**message: object) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", **message}}]}).encode()


def test_body_has_what_the_case_needs_and_no_more() -> None:
    plain = make_body(Prompt(MESSAGES, untrusted=(Span(0, 8),), max_tokens=9), "m", guarded=False)
    assert plain == {"model": "m", "messages": MESSAGES, "max_tokens": 9}
    body = make_body(Prompt(MESSAGES, (TOOL,)), "m", 500, guarded=False)
    assert (body["tools"], body["max_tokens"]) == ((TOOL,), 500)


def test_layer_is_told_which_spans_are_untrusted() -> None:
    prompt = Prompt(MESSAGES, untrusted=(Span(0, 8), Span(0, 0, 3, part=1)))
    body = make_body(prompt, "m", guarded=True)
    assert body["fen"] == {
        "untrusted": [{"message": 0, "start": 8}, {"message": 0, "part": 1, "start": 0, "end": 3}]
    }


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"content": "hi"}, Answer("hi")),
        ({"content": [{"type": "thinking", "text": "no"}, {"type": "text", "text": "yes"}]}, Answer("yes")),
        ({"content": None, "refusal": "I can't."}, Answer("I can't.")),
        (
            {"tool_calls": [{"function": {"name": "f", "arguments": '{"a": 1}'}}]},
            Answer("", (ToolCall("f", '{"a": 1}'),)),
        ),
        (
            {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}, {"id": "x"}]},
            Answer("", (ToolCall("f", '{"a":1}'), ToolCall(""))),
        ),
    ],
)
def test_answer_is_read_with_its_calls(message: dict[str, object], answer: Answer) -> None:
    assert read_answer(complete(**message)) == answer


def test_answer_without_choices_is_empty() -> None:
    assert read_answer(b'{"choices": []}') == Answer()


async def test_layer_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Request, bool]] = []

    async def send(request: Request, guarded: bool) -> bytes:
        sent.append((request, guarded))
        return complete(content="ok")

    ask = Evaluator(send, "m")
    monkeypatch.setattr(evaluating, "CAN_GUARD", False)
    with pytest.raises(ConfigError, match="found a call with Fen's layer, expected one without"):
        await ask(Prompt(MESSAGES), guarded=True)
    assert sent == []
    monkeypatch.setattr(evaluating, "CAN_GUARD", True)
    assert await ask(Prompt(MESSAGES), guarded=True) == Answer("ok")
    assert [guarded for _, guarded in sent] == [True]
