"""What revealing costs."""

import base64
import random

import pytest

from fen.hierarchy.hidden import reveal
from tests.turns import count_turns

ENGLISH = (
    "The committee met on Tuesday to discuss the budget, which had grown by 4% since 2019. Members asked how "
    "the plan was to be funded; nobody had an answer, but all agreed that the library should stay open.\n"
    'Prices at https://example.com/shop/item-42?ref=mail rose again. "We can wait," said the treasurer.\n'
)
CHINESE = (
    "委员会于周二开会讨论年度预算，该预算自2019年以来增长了4%。成员们询问计划如何筹集资金；没有人给出明确的答案，"
    "但大家都同意图书馆应当保持开放。\n我们可以在网站上查看所有的规则说明，用户需要先登录系统。"
)


def fill(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()[:16_000]


NOISE = random.Random(4).randbytes(12_000)
IN_WORDS = " ".join(encode(NOISE[at : at + 18]) for at in range(0, 11_520, 18))


@pytest.mark.parametrize(
    ("text", "bar"),
    [
        pytest.param(fill(ENGLISH, 16_000), 100_000, id="English"),
        pytest.param(fill(CHINESE, 16_000), 75_000, id="Chinese"),
        pytest.param(fill(ENGLISH, 400), 3_000, id="400 of English"),
        pytest.param(fill(CHINESE, 400), 2_500, id="400 of Chinese"),
        pytest.param(encode(fill(ENGLISH, 12_000).encode()), 350_000, id="base64 of English"),
        pytest.param(encode(NOISE), 350_000, id="base64 of noise"),
        pytest.param(base64.encodebytes(NOISE).decode()[:16_000], 350_000, id="base64 of noise in lines"),
        pytest.param(IN_WORDS, 600_000, id="base64 in words"),
    ],
)
def test_revealing_takes_its_time_within_reason(text: str, bar: int) -> None:
    """At 40 ns a turn: 2 ms of 16,000 letters, 16 of base64 in words, the slowest; bars are above by half."""
    assert count_turns(lambda: reveal(text)) <= bar
