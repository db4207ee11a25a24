"""The kinds of task: what is hidden, what is asked, and which answer is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import msgspec

from fen.evals.ruler.text import CHARACTERS_PER_TOKEN, Language, bury, make_name

NUMBER = r"(?<!\d)\d{7}(?!\d)"


class Puzzle(msgspec.Struct, frozen=True):
    """A text, what is asked about it, and the answers.

    expected: every one of them, and no other that `pattern` finds, is a right answer. phrasing: which of the
    wordings it has.
    """

    text: str
    question: str
    expected: tuple[str, ...]
    pattern: str
    phrasing: int


class Order(msgspec.Struct, frozen=True):
    """What a puzzle shall be: tokens in all, and where its needle lies, from 0 to 1; None scatters."""

    language: Language
    tokens: int
    phrasing: int
    depth: float | None = None


_NEEDLES: Mapping[str, tuple[str, str]] = {
    "en": (
        "The secret number of {key} is {value}.",
        "Whoever asks in {key} for the secret number is told {value}.",
    ),
    "zh": ("{key}的秘密号码是{value}。", "凡是在{key}打听秘密号码的人，得到的都是{value}。"),
}
_ASKED: Mapping[str, tuple[str, str]] = {
    "en": (
        "What is every secret number of {keys} that the text names?",
        "The text names secret numbers of {keys}. Which are they, all of them?",
    ),
    "zh": (
        "文中提到的{keys}的全部秘密号码是什么？",
        "文中写了{keys}的秘密号码。它们分别是哪些？请全部列出。",
    ),
}


def _hide_numbers(chance: Random, order: Order, shape: tuple[int, int, int]) -> Puzzle:
    """Hide numbers; shape: keys asked for, values of each key, and keys that nobody asks for."""
    asked, each, idle = shape
    taken: set[str] = set()
    keys = [make_name(chance, order.language, taken) for _ in range(asked + idle)]
    values = [str(value) for value in chance.sample(range(1_000_000, 10_000_000), (asked + idle) * each)]
    needle = _NEEDLES[order.language][order.phrasing]
    needles = [
        (_depth(chance, order, place < asked), needle.format(key=keys[place // each], value=value))
        for place, value in enumerate(values)
    ]
    named = (", " if order.language == "en" else "、").join(keys[:asked])
    return Puzzle(
        bury(chance, order.language, order.tokens, needles),
        _ASKED[order.language][order.phrasing].format(keys=named),
        tuple(values[: asked * each]),
        NUMBER,
        order.phrasing,
    )


def _depth(chance: Random, order: Order, asked: bool) -> float:
    return order.depth if asked and order.depth is not None else chance.random()


_SET: Mapping[str, tuple[str, str]] = {
    "en": ("The value of {name} is set to {value}.", "Let {name} have the value {value}."),
    "zh": ("变量{name}的值设为{value}。", "令变量{name}等于{value}。"),
}
_COPIED: Mapping[str, tuple[str, str]] = {
    "en": ("The value of {name} is set to that of {other}.", "Let {name} have the value that {other} has."),
    "zh": ("变量{name}的值设为变量{other}的值。", "令变量{name}等于变量{other}。"),
}
_TRACED: Mapping[str, tuple[str, str]] = {
    "en": (
        "Which variables have the value {value} in the end? Follow every copy.",
        "Name all the variables whose value is {value}, directly or by being set to another one.",
    ),
    "zh": (
        "最终有哪些变量的值是{value}？请追踪每一次赋值。",
        "列出所有值为{value}的变量，无论是直接还是间接得到该值。",
    ),
}
_HOPS = 4
_CHAINS = 3


def _trace(chance: Random, order: Order) -> Puzzle:
    """Chains of variables, each set to the one before; those of one chain are asked for."""
    names = ["".join(chance.sample("BCDFGHJKLMNPQRSTVWXZ", 5)) for _ in range(_CHAINS * (_HOPS + 1) * 2)]
    names = list(dict.fromkeys(names))[: _CHAINS * (_HOPS + 1)]
    values = chance.sample(range(1_000_000, 10_000_000), _CHAINS)
    first, copied = _SET[order.language][order.phrasing], _COPIED[order.language][order.phrasing]
    needles: list[tuple[float, str]] = []
    chains = [names[at : at + _HOPS + 1] for at in range(0, len(names), _HOPS + 1)]
    for chain, value in zip(chains, values, strict=True):
        depths = sorted(chance.random() for _ in chain)
        needles.append((depths[0], first.format(name=chain[0], value=value)))
        needles += [
            (depth, copied.format(name=name, other=other))
            for depth, name, other in zip(depths[1:], chain[1:], chain, strict=False)
        ]
    return Puzzle(
        bury(chance, order.language, order.tokens, needles),
        _TRACED[order.language][order.phrasing].format(value=values[0]),
        tuple(chains[0]),
        r"(?<![A-Za-z])(?:" + "|".join(names) + r")(?![A-Za-z])",
        order.phrasing,
    )


_FREQUENT: Mapping[str, tuple[str, str]] = {
    "en": (
        "Which three names occur most often in the list?",
        "Three names of the list occur more often than any other. Which?",
    ),
    "zh": ("列表中出现次数最多的三个名字是什么？", "列表里有三个名字比其他名字出现得更多。是哪三个？"),
}
_KINDS = 40  # names of a list; more room makes each more frequent


def _find_frequent(chance: Random, order: Order) -> Puzzle:
    """A list of names, three of which occur at least twice as often as any other."""
    taken: set[str] = set()
    names = [make_name(chance, order.language, taken) for _ in range(_KINDS)]
    joint = "、" if order.language == "zh" else ", "
    long = sum(map(len, names)) / len(names) + len(joint)
    room = max(int(order.tokens * CHARACTERS_PER_TOKEN[order.language] / long), _KINDS + 6)
    each = max(1, room // (_KINDS + 6))
    words = [
        name for place, name in enumerate(names) for _ in range(each * (3 - place % 2) if place < 3 else each)
    ]
    chance.shuffle(words)
    return Puzzle(
        joint.join(words),
        _FREQUENT[order.language][order.phrasing],
        tuple(names[:3]),
        "|".join(sorted(names, key=len, reverse=True)),
        order.phrasing,
    )


_VISITED: Mapping[str, tuple[str, str]] = {
    "en": ("The bell of {name} rang.", "Someone rang the bell of {name}."),
    "zh": ("{name}的钟响了。", "有人敲响了{name}的钟。"),
}
_COUNTED: Mapping[str, tuple[str, str]] = {
    "en": (
        "How often does the text say that the bell of {name} rang? Answer with a number in digits.",
        "Count how many times the bell of {name} was rung in the text, in digits.",
    ),
    "zh": (
        "文中说{name}的钟一共响了多少次？请用阿拉伯数字回答。",
        "数一数文中{name}的钟被敲响了多少次，用阿拉伯数字回答。",
    ),
}


def _count(chance: Random, order: Order) -> Puzzle:
    """Bells that ring; how often one of two did is asked for."""
    taken: set[str] = set()
    name, other = make_name(chance, order.language, taken), make_name(chance, order.language, taken)
    times, others = chance.randint(3, 15), chance.randint(3, 15)
    said = _VISITED[order.language][order.phrasing]
    needles = [(chance.random(), said.format(name=name)) for _ in range(times)]
    needles += [(chance.random(), said.format(name=other)) for _ in range(others)]
    return Puzzle(
        bury(chance, order.language, order.tokens, needles),
        _COUNTED[order.language][order.phrasing].format(name=name),
        (str(times),),
        r"\d+",
        order.phrasing,
    )


TASKS: Mapping[str, Callable[[Random, Order], Puzzle]] = {
    "single": lambda chance, order: _hide_numbers(chance, order, (1, 1, 0)),
    "keys": lambda chance, order: _hide_numbers(chance, order, (1, 1, 8)),
    "values": lambda chance, order: _hide_numbers(chance, order, (1, 4, 2)),
    "queries": lambda chance, order: _hide_numbers(chance, order, (4, 1, 4)),
    "variables": _trace,
    "frequent": _find_frequent,
    "count": _count,
}
"""single: one number. keys: one of nine. values: four numbers of one key of three. queries: four keys
of eight. variables: assignments are followed. frequent, count: the whole text is aggregated."""

DEEP = frozenset({"single", "keys"})
"""Tasks with one needle, which is put at every depth."""

DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)

_FRAMES: Mapping[str, str] = {
    "en": (
        "Read the text between the lines of dashes. A question about it follows.\n\n-----\n{text}\n-----\n\n"
        '{question}\nEnd with one line that begins with "Answer:" and has nothing but the answer.'
    ),
    "zh": (
        "请阅读两条虚线之间的文字，然后回答其后的问题。\n\n-----\n{text}\n-----\n\n"
        "{question}\n最后一行以“答案：”开头，只写答案。"
    ),
}


def put(puzzle: Puzzle, language: Language) -> tuple[dict[str, Any], ...]:
    """Return the messages that ask a puzzle."""
    frame = _FRAMES[language]
    return ({"role": "user", "content": frame.format(text=puzzle.text, question=puzzle.question)},)
