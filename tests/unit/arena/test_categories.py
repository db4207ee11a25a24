"""Which boards a prompt belongs on."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from fen.arena.battle import Answer, Turn
from fen.arena.categories import find_categories, measure_share, parse_categories, read_categories
from tests.fakes.ballot_box import make_battle

IMAGE = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:"}}]

EXAMPLES: list[tuple[Any, set[str]]] = [
    ("Why is the sky blue?", {"en"}),
    ("Tell me a story about a dragon.", {"en"}),
    ("给我讲一个关于龙的故事。", {"zh"}),
    ("鲁迅是谁", {"zh"}),
    ("Écris une histoire sur un dragon, s'il te plaît.", set()),
    ("Erzähl mir bitte eine Geschichte über einen Drachen.", set()),
    ("Cuéntame un cuento sobre un dragón que vive en la montaña.", set()),
    ("ドラゴンの物語を書いてください。漢字も使って。", set()),
    ("용에 대한 이야기를 해 주세요.", set()),
    ("Расскажи мне сказку о драконе.", set()),
    ("Translate 你好 to English, please, and say how it is used.", {"en"}),
    ("Write a Python function that reverses a string.", {"en", "coding"}),
    ("用 Python 写一个快速排序函数", {"zh", "coding"}),
    ("Implement a stack in C++ with templates.", {"en", "coding"}),
    ("```\nx = f(y)\n```\nWhy does this not work?", {"en", "coding"}),
    ("这段代码为什么报错？", {"zh", "coding"}),
    ("Can you explain what a python eats in the wild?", {"en", "coding"}),  # a known mistake: the snake
    ("What is 17 * 23?", {"en", "maths"}),
    ("Solve the equation x^2 - 5x + 6 = 0 for x.", {"en", "maths"}),
    ("Find the derivative of sin(x) and explain it.", {"en", "maths"}),
    ("A train leaves with 30 people and 12 get off. How many are left on it?", {"en", "maths"}),
    ("解方程 x^2 - 5x + 6 = 0", {"zh", "maths"}),
    ("求 $\\int_0^1 x^2 dx$ 的值", {"zh", "maths"}),
    ("小明有 5 个苹果，吃了 2 个，还剩多少个？", {"zh", "maths"}),
    ("In 2019 I went to Paris, what should I see there this time?", {"en"}),
    (IMAGE, {"en", "image"}),
    ("The rain. " * 250, {"en", "long_query"}),
    (
        "Design a distributed limiter for at least 50000 requests per second. Analyze trade-offs, please.",
        {"en", "hard"},
    ),
    ("设计一个分布式限流算法，必须支持至少 5 万请求，并分析其复杂度与权衡。", {"zh", "hard"}),
    ("Please write a poem about the sea.", {"en"}),
]


@pytest.mark.parametrize(("prompt", "expected"), EXAMPLES)
def test_examples(prompt: Any, expected: set[str]) -> None:
    assert set(find_categories(make_battle(prompt=prompt))) == expected


def test_a_second_turn_makes_a_battle_multi_turn() -> None:
    battle = make_battle(prompt="Why is the sky blue?")
    again = Turn("And the sea?", Answer("So."), Answer("Thus."))
    longer = replace(battle, turns=(*battle.turns, again))
    assert set(find_categories(longer)) == {"en", "multi_turn"}


def test_answers_decide_nothing() -> None:
    code = Answer("```python\nprint(1)\n```")
    battle = replace(make_battle(), turns=(Turn("你好", code, code),))
    assert find_categories(battle) == ("zh",)


def test_the_boards_that_were_asked_for_are_there() -> None:
    names = {rule.name for rule in read_categories()}
    assert names >= {"zh", "en", "coding", "maths", "long_query", "multi_turn", "image", "hard"}
    assert all(rule.title and rule.title_zh for rule in read_categories())


def test_a_rule_is_data() -> None:
    rules = parse_categories('[[category]]\nname = "cats"\ntitle = "Cats"\npatterns = ["cats?"]\n')
    assert find_categories(make_battle(prompt="My cat sleeps."), rules) == ("cats",)
    assert find_categories(make_battle(prompt="My dog sleeps."), rules) == ()


def test_a_wrong_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="found the script runes"):
        parse_categories('[[category]]\nname = "x"\ntitle = "X"\nscripts = ["runes"]\n')
    with pytest.raises(msgspec.ValidationError):
        parse_categories('[[category]]\nname = "x"\ntitle = "X"\npattern = []\n')


def test_shares_of_scripts() -> None:
    assert measure_share("", ["han"]) == 0
    assert measure_share("123 !?", ["latin"]) == 0
    assert measure_share("abcd", ["latin"]) == 1
    assert measure_share("中文 abcd", ["han"]) == 0.5
