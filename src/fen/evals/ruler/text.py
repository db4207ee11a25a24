"""The haystack: sentences of a seeded grammar, in English and Chinese, of any length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Literal

import msgspec

Language = Literal["en", "zh"]

CHARACTERS_PER_TOKEN: Mapping[str, float] = {"en": 4.0, "zh": 1.5}
"""How many characters are taken for one token, so that a length needs no model's own vocabulary: of current
byte-pair vocabularies the rule of thumb. What a model counted is in a record's `input_tokens`."""


class Grammar(msgspec.Struct, frozen=True):
    """What sentences are made of; `patterns` name the other members in braces.

    things: each with its measure word, which only Chinese has.
    """

    patterns: tuple[str, ...]
    syllables: tuple[str, ...]
    ranks: tuple[str, ...]
    things: tuple[tuple[str, str], ...]
    deeds: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]
    joint: str


GRAMMARS: Mapping[str, Grammar] = {
    "en": Grammar(
        patterns=(
            "{time}, the {rank} of {name} {deed} the {thing} near {place}.",
            "In {name}, nobody {deed} a {thing} before the {rank} came from {place}.",
            "The {rank} said that the {thing} at {place} belonged to the people of {name}.",
            "{time}, two {thing}s from {name} were taken to {place}, and the {rank} was glad of it.",
            "When the {rank} of {name} {deed} the old {thing}, the whole of {place} talked about it.",
            "There was a {thing} in {place} that only the {rank} of {name} had ever {deed}.",
        ),
        syllables=(
            "ba",
            "dor",
            "fel",
            "gri",
            "hu",
            "ken",
            "lo",
            "mar",
            "nu",
            "pel",
            "ri",
            "sta",
            "tu",
            "vor",
        ),
        ranks=("baker", "captain", "clerk", "gardener", "judge", "miller", "pilot", "teacher", "weaver"),
        things=tuple(
            ("", thing)
            for thing in ("barrel", "bell", "boat", "carpet", "clock", "garden", "lantern", "letter", "map")
        ),
        deeds=("admired", "bought", "counted", "described", "followed", "measured", "mended", "painted"),
        places=("the harbour", "the hill", "the market", "the mill", "the north gate", "the old bridge"),
        times=("At dawn", "In autumn", "Late in the evening", "On a rainy day", "The year after", "Then"),
        joint=" ",
    ),
    "zh": Grammar(
        patterns=(
            "{time}，{name}的{rank}在{place}{deed}那{measure}{thing}。",
            "在{name}，{rank}从{place}回来以前，没有人{deed}这样的{thing}。",
            "{rank}说，{place}的{thing}属于{name}的人们。",
            "{time}，两{measure}{thing}从{name}运到了{place}，{rank}对此很高兴。",
            "{name}的{rank}{deed}旧{thing}的那一天，整个{place}都在谈论这件事。",
            "{place}有一{measure}{thing}，只有{name}的{rank}曾经{deed}它。",
        ),
        syllables=("柏", "岑", "峒", "沣", "葭", "崆", "麓", "湄", "沐", "屏", "岐", "朔", "汀", "梧"),
        ranks=("面包师", "船长", "书记员", "园丁", "法官", "磨坊主", "领航员", "教师", "织工"),
        things=(
            ("只", "木桶"),
            ("口", "铜钟"),
            ("条", "小船"),
            ("张", "地毯"),
            ("座", "时钟"),
            ("片", "花园"),
            ("盏", "灯笼"),
            ("封", "书信"),
            ("幅", "地图"),
            ("辆", "马车"),
        ),
        deeds=("称赞过", "购买过", "清点过", "描写过", "跟随过", "丈量过", "修理过", "粉刷过"),
        places=("港口", "山丘", "集市", "磨坊", "北门", "老桥"),
        times=("黎明时分", "秋天", "深夜", "一个雨天", "第二年", "后来"),
        joint="",
    ),
}


def make_name(chance: Random, language: Language, taken: set[str] | None = None) -> str:
    """Return an invented name, of none of those taken; it is taken from then on."""
    syllables = GRAMMARS[language].syllables
    for size in range(3, 12):
        for _ in range(20):
            name = "".join(chance.choice(syllables) for _ in range(size))
            name = name.capitalize() if language == "en" else name
            if taken is None or name not in taken:
                if taken is not None:
                    taken.add(name)
                return name
    raise AssertionError("more names than the syllables give")


def make_sentences(chance: Random, language: Language) -> Iterator[str]:
    """Yield sentences without end; none has a digit."""
    grammar = GRAMMARS[language]
    while True:
        measure, thing = chance.choice(grammar.things)
        yield chance.choice(grammar.patterns).format(
            name=make_name(chance, language),
            rank=chance.choice(grammar.ranks),
            measure=measure,
            thing=thing,
            deed=chance.choice(grammar.deeds),
            place=chance.choice(grammar.places),
            time=chance.choice(grammar.times),
        )


def bury(chance: Random, language: Language, tokens: int, needles: list[tuple[float, str]]) -> str:
    """Return a text of about so many tokens with sentences hidden in it.

    needles: each with its depth, from 0 at the beginning to 1 at the end; those of one depth keep their
    order. The text is never shorter than its needles.
    """
    joint = GRAMMARS[language].joint
    room = int(tokens * CHARACTERS_PER_TOKEN[language]) - sum(len(text) + len(joint) for _, text in needles)
    hay: list[str] = []
    source = make_sentences(chance, language)
    while room > 0:
        sentence = next(source)
        hay.append(sentence)
        room -= len(sentence) + len(joint)
    placed = sorted((round(depth * len(hay)), number) for number, (depth, _) in enumerate(needles))
    for position, number in reversed(placed):
        hay.insert(position, needles[number][1])
    return joint.join(hay)
