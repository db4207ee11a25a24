"""Small tasks over a record of a few fields, which a model of 135 million weights can learn.

Each has one right answer of a few words, that a program checks.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fen.hierarchy.suite.rubric import Brief, Label
from fen.training.item import Grader, Written
from fen.training.synth.draw import Draw
from fen.training.synth.vocabulary import FIELDS, FIELDS_ZH

_SLACK = 16  # letters and digits beside an answer: "The city is ..." passes, the whole record does not


class Field(msgspec.Struct, frozen=True):
    """A named value of a record."""

    name: str
    value: str


class Task(msgspec.Struct, frozen=True):
    """What is asked of a record, its answer, and what a right answer is. name: which task it is."""

    name: str
    ask: str
    answer: str
    grader: Grader


def make_record(draw: Draw, least: int = 2, most: int = 4) -> tuple[Field, ...]:
    """Return a record of a few different fields."""
    known = FIELDS_ZH if draw.language == "zh" else FIELDS
    names = draw.random.sample(sorted(known), draw.random.randint(least, most))
    return tuple(Field(name, draw.random.choice(known[name])) for name in names)


def make_task(draw: Draw, record: tuple[Field, ...]) -> Task:
    """Return a task over the record."""
    field = draw.random.choice(record)
    makers = _MAKERS_ZH if draw.language == "zh" else _MAKERS
    return draw.random.choice(makers)(draw, field)


def _look_up(draw: Draw, field: Field) -> Task:
    name = field.name
    ask = draw.choose(
        (
            f"What is the {name}?",
            f"Tell me the {name}.",
            f"Find the {name}.",
            f"Which {name} is given?",
            f"Give only the {name}.",
            f"Answer with the {name}.",
            f"What does it say for {name}?",
        ),
        (f"{name}是什么？", f"请回答{name}。", f"{name}是多少？只回答{name}。"),
    )
    return Task("look_up", ask, field.value, Brief(field.value, _SLACK))


def _fill_form(draw: Draw, field: Field) -> Task:
    head = draw.random.choice((field.name.upper(), "ANSWER", "Result", field.name.capitalize()))
    answer = f"{head}: {field.value}"
    ask = draw.choose(
        (
            f'Give the {field.name} in the form "{head}: ...".',
            f"Write the {field.name} after the word {head} and a colon.",
            f"What is the {field.name}? Start with {head}:",
        ),
        (f"用“{head}：…”的格式回答{field.name}。",),
    )
    return Task("form", ask, answer, Brief(answer, 4))


def _write_large(draw: Draw, field: Field) -> Task:
    if not field.value.isalpha():
        return _look_up(draw, field)
    ask = draw.random.choice(
        (
            f"Write the {field.name} in capital letters.",
            f"What is the {field.name}? Use capital letters.",
            f"Give the {field.name} in all caps.",
        )
    )
    return Task("capitals", ask, field.value.upper(), Written(field.value.upper()))


def _bracket(draw: Draw, field: Field) -> Task:
    opening, closing, named = draw.random.choice(
        (("[", "]", "square brackets"), ("(", ")", "round brackets"))
    )
    answer = f"{opening}{field.value}{closing}"
    ask = draw.random.choice(
        (
            f"Put the {field.name} in {named}.",
            f"What is the {field.name}? Answer in {named}, like {opening}x{closing}.",
        )
    )
    return Task("brackets", ask, answer, Written(answer))


def _choose(draw: Draw, field: Field) -> Task:
    known = FIELDS_ZH if draw.language == "zh" else FIELDS
    other = draw.random.choice([value for value in known[field.name] if value != field.value])
    first, second = draw.random.sample((field.value, other), 2)
    ask = draw.choose(
        (
            f"Is the {field.name} {first} or {second}?",
            f"Which {field.name} is mentioned, {first} or {second}?",
            f"Choose the right {field.name}: {first} or {second}.",
        ),
        (f"{field.name}是{first}还是{second}？",),
    )
    return Task("choose", ask, field.value, Label(field.value, (field.value, other), _SLACK))


_Maker = Callable[[Draw, Field], Task]
_MAKERS: tuple[_Maker, ...] = (
    _look_up,
    _look_up,
    _look_up,
    _fill_form,
    _fill_form,
    _write_large,
    _bracket,
    _choose,
)
_MAKERS_ZH: tuple[_Maker, ...] = (_look_up, _look_up, _choose)
