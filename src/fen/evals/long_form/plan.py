"""A plan: which rules a long answer has to keep, chosen by a seed, and the prompt that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import msgspec

from fen.evals.long_form.rules import (
    Absent,
    Alternating,
    Bulleted,
    Closed,
    Coded,
    Numbered,
    Opened,
    Parted,
    Quiet,
    Recurring,
    Rule,
    Sized,
)

SECTION = 200
"""Words, or Chinese characters, that a section shall have."""

_FEWEST = 3  # sections
_CHOSEN = 5  # rules beside the two that every plan has


class Plan(msgspec.Struct, frozen=True):
    """What is asked for: so many sections, and rules that hold in each of them."""

    sections: int
    rules: tuple[Rule, ...]


_OPENINGS = {"en": ("Here", "Then", "Now", "Today"), "zh": ("此时", "其实", "如今", "这里")}
_ABSENT = {
    "en": ("very", "however", "important", "because", "also"),
    "zh": ("但是", "重要", "因为", "可以", "我们"),
}
_RECURRING = {"en": ("lantern", "granite", "orchard", "compass"), "zh": ("灯笼", "花岗岩", "果园", "罗盘")}

_CHOICES: tuple[Callable[[Random, str, int], Rule], ...] = (
    lambda chance, language, sections: Coded(chance.choice((3, 4, 6, 7, 8, 9))),
    lambda chance, language, sections: Bulleted(chance.randint(2, 4)),
    lambda chance, language, sections: Parted(chance.randint(2, 3)),
    lambda chance, language, sections: Opened(chance.choice(_OPENINGS[language])),
    lambda chance, language, sections: Closed("剩余" if language == "zh" else "Left", sections),
    lambda chance, language, sections: Absent(chance.choice(_ABSENT[language])),
    lambda chance, language, sections: Recurring(chance.choice(_RECURRING[language]), chance.randint(2, 3)),
    lambda chance, language, sections: Alternating(),
    lambda chance, language, sections: Quiet(),
)


def make_plan(chance: Random, language: str, length: int) -> Plan:
    """Return a plan for an answer of about so many words or characters."""
    sections = max(_FEWEST, round(length / SECTION))
    each = length / sections
    chosen = sorted(chance.sample(range(len(_CHOICES)), _CHOSEN))
    rules = [_CHOICES[number](chance, language, sections) for number in chosen]
    if any(isinstance(rule, Alternating) for rule in rules):  # a word of one language opens no other's
        rules = [rule for rule in rules if not isinstance(rule, Opened)]
    return Plan(sections, (Numbered(), Sized(round(0.7 * each), round(1.3 * each)), *rules))


_FRAMES: Mapping[str, str] = {
    "en": (
        "Write {topic}, about {length} words in exactly {sections} sections. These rules hold from the first "
        "section to the last:\n{rules}\nBegin with the heading of section 1 and write all {sections} "
        "sections in full, with nothing before or after them."
    ),
    "zh": (
        "请写{topic}，全文约{length}字，恰好分为{sections}节。以下规则从第一节到最后一节始终有效：\n{rules}\n"
        "直接从第 1 节的标题开始，完整写出全部{sections}节，前后不要有其他内容。"
    ),
}

_TOPICS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "a handbook for the keepers of a small museum of clocks",
        "a chronicle of an invented island and its harbours",
        "a guide to planning a garden through the seasons",
        "a course on baking bread for beginners",
    ),
    "zh": (
        "一本小型钟表博物馆的管理手册",
        "一部虚构海岛及其港口的编年史",
        "一份四季园艺规划指南",
        "一套面向初学者的面包烘焙教程",
    ),
}


def say_plan(plan: Plan, language: str, length: int, topic: int) -> str:
    """Return the prompt; topics are counted round."""
    topics = _TOPICS[language]
    return _FRAMES[language].format(
        topic=topics[topic % len(topics)],
        length=length,
        sections=plan.sections,
        rules="\n".join(f"- {rule.say(language)}" for rule in plan.rules),
    )
