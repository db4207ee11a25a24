"""How an evaluation asks: the body that is sent, the answer that is read."""

import json
from pathlib import Path

import pytest

from fen.app import load_settings
from fen.app.evaluating import Evaluator, can_guard, make_body, open_evaluator, read_answer
from fen.hierarchy.suite import Answer, Prompt, Span, ToolCall
from fen.hierarchy.suite.refusal import refuses
from fen.wire.errors import ConfigError, InvalidRequest
from fen.wire.request import Request

MESSAGES = ({"role": "user", "content": "Sum up: abc"},)
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


def complete(**message: object) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", **message}}]}).encode()


def test_body_has_what_the_case_needs_and_no_more() -> None:
    plain = make_body(Prompt(MESSAGES, untrusted=(Span(0, 8),), max_tokens=9), "m", guarded=False)
    assert plain == {"model": "m", "messages": MESSAGES, "max_tokens": 9}
    body = make_body(Prompt(MESSAGES, (TOOL,)), "m", {"max_tokens": 500, "temperature": 0}, guarded=False)
    assert (body["tools"], body["max_tokens"], body["temperature"]) == ((TOOL,), 500, 0)


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


async def test_each_call_says_whether_it_wants_the_layer() -> None:
    sent: list[tuple[Request, bool]] = []

    async def send(request: Request, guarded: bool) -> bytes:
        sent.append((request, guarded))
        return complete(content="ok")

    ask = Evaluator(send, "m")
    assert await ask(Prompt(MESSAGES), guarded=True) == await ask(Prompt(MESSAGES), guarded=False)
    assert [guarded for _, guarded in sent] == [True, False]


async def test_a_fen_elsewhere_is_not_asked_with_the_layer(fen_home: Path) -> None:
    environ = {"FEN_HOME": str(fen_home), "FEN_URL": "http://127.0.0.1:9"}
    settings = load_settings(None, environ)
    assert not can_guard(settings)
    assert can_guard(load_settings(None, {"FEN_HOME": str(fen_home)}))
    async with open_evaluator(settings, "m") as ask:
        with pytest.raises(
            ConfigError, match="the settings of the Fen at FEN_URL say whether its layer is on"
        ):
            await ask(Prompt(MESSAGES), guarded=True)


async def test_what_the_layer_refuses_is_answered_as_its_clients_see_it() -> None:
    async def send(_request: Request, guarded: bool) -> bytes:
        code = "guard_refused" if guarded else "model_not_found"
        raise InvalidRequest("no", code=code)

    evaluator = Evaluator(send, "m")
    assert refuses((await evaluator(Prompt(MESSAGES), guarded=True)).text)
    with pytest.raises(InvalidRequest):
        await evaluator(Prompt(MESSAGES), guarded=False)
