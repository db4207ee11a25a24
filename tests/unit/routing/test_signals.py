"""What is told from an answer."""

from typing import Any

import pytest

from fen.routing.signals import Call, Reply, agree, check_calls, read_signals
from fen.routing.validity import is_valid
from tests.turns import count_turns

PERSON: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"$ref": "#/$defs/age"}},
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ('{"name": "Li", "age": 7}', True),
        ('{"name": "Li", "age": -7}', False),
        ('{"age": 7}', False),
        ('{"name": "Li", "more": 1}', False),
        ('Here you are: {"name": "Li"}', False),
        ("", False),
        ("[" * 20_000, False),
    ],
)
def test_an_answer_meets_its_schema_or_not(text: str, valid: bool) -> None:
    assert is_valid(text, PERSON) is valid


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 5},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"patternProperties": {"(a+)+$": {}}},
        {"properties": {"x": {"$schema": "http://json-schema.org/draft-07/schema#"}}},
    ],
)
def test_a_schema_that_cannot_be_used_says_nothing(schema: dict[str, Any]) -> None:
    assert is_valid('{"x": 1}', schema) is None


def test_no_schema_takes_for_ever() -> None:
    levels = {f"l{step}": {"allOf": [{"$ref": f"#/$defs/l{step + 1}"}] * 2} for step in range(40)}
    wide = {"$ref": "#/$defs/l0", "$defs": {**levels, "l40": {}}}
    assert is_valid("1", wide) is None
    # A pattern is not matched at all.
    answer, slow = f'"{"a" * 60}!"', {"pattern": "^(a+)+$"}
    assert is_valid(answer, slow) is True
    assert count_turns(lambda: (is_valid("1", wide), is_valid(answer, slow)), 1) < 50_000_000


def test_calls_of_tools_fit_their_schemas() -> None:
    tools = {"person": PERSON, "now": None, "odd": {"type": 5}}
    assert check_calls([Call("person", '{"name": "Li"}'), Call("now", "")], tools) is True
    assert check_calls([Call("person", '{"name": 5}')], tools) is False
    assert check_calls([Call("nobody", "{}")], tools) is False
    assert check_calls([Call("odd", "{}")], tools) is None
    assert check_calls([Call("odd", "{}"), Call("now", "[]")], tools) is False


@pytest.mark.parametrize(
    ("first", "second", "agreed"),
    [
        ("Six times seven.\nThe answer is 42.", "It is 42", 1.0),
        ("That makes 1,200.50", "1200.5", 1.0),
        ("It is 41", "It is 42", 0.0),
        ("The answer is (B).", "B", 1.0),
        ("答案是 C", "Answer: C", 1.0),
        ("The answer is A", "The answer is D", 0.0),
        ("Paris", "paris ", 1.0),
        ("", "", 1.0),
        ("ok", "no", 0.0),
    ],
)
def test_two_answers_agree_by_what_they_come_to(first: str, second: str, agreed: float) -> None:
    assert agree(first, second) == agreed
    assert agree(second, first) == agreed


def test_prose_agrees_by_its_pieces() -> None:
    near = agree("The capital of France is Paris.", "Paris is the capital of France.")
    assert near > 0.7
    assert agree("法国的首都是巴黎。", "巴黎是法国的首都。") > agree("法国的首都是巴黎。", "今天天气很好。")


def test_signals_of_an_answer() -> None:
    reply = Reply("I think it is perhaps 7.", "stop", logprobs=(-1.0, -0.5), second="It is 7", test=True)
    found = read_signals(reply, PERSON)
    assert (found.characters, found.hedges, found.refusal) == (24, 2, False)
    assert (found.schema, found.tools, found.test) == (False, None, True)
    assert (found.agreement, found.logprob) == (1.0, -0.75)
    called = read_signals(Reply("", "tool_calls", (Call("now", "{}"),)), PERSON, {"now": None})
    assert (called.schema, called.tools, called.called) == (None, True, 1)


@pytest.mark.parametrize(
    ("text", "refusal", "hedges"),
    [
        ("I'm sorry, but I can't help with that.", True, 0),
        ("对不起，我无法回答这个问题。", True, 0),
        ("可能是北京，我不确定。", False, 2),
        ("I can help with that.", False, 0),
        ("Paris.", False, 0),
    ],
)
def test_declining_and_hedging(text: str, refusal: bool, hedges: int) -> None:
    found = read_signals(Reply(text))
    assert (found.refusal, found.hedges) == (refusal, hedges)
