"""A writer who keeps every rule of a long answer, for tests of what checks them."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from fen.evals.long_form.plan import Plan
from fen.evals.long_form.rules import (
    Alternating,
    Bulleted,
    Closed,
    Coded,
    Opened,
    Parted,
    Recurring,
    Rule,
    Sized,
)
from fen.evals.ruler.text import Language, make_name

R = TypeVar("R", bound=Rule)


def write_document(plan: Plan, language: str) -> str:
    """Write all sections of a plan; the words say nothing."""
    return "\n\n".join(write_section(plan, language, number + 1) for number in range(plan.sections))


def write_section(plan: Plan, language: str, number: int) -> str:
    """Write one section, with all that the plan wants in it."""
    if _find(plan.rules, Alternating):
        language = "en" if number % 2 else "zh"
    tongue: Language = "zh" if language == "zh" else "en"
    coded, opened, closed = _find(plan.rules, Coded), _find(plan.rules, Opened), _find(plan.rules, Closed)
    bulleted, parted = _find(plan.rules, Bulleted), _find(plan.rules, Parted)
    recurring, sized = _find(plan.rules, Recurring), _find(plan.rules, Sized)
    chance = Random(number)
    blocks: list[str] = []
    paragraphs = parted.count if parted else 2
    middle = (sized.least + sized.most) // 2 if sized else 50
    for place in range(paragraphs):
        units = [opened.word] if opened else []
        if recurring and place == 0 and number % recurring.every == 0:
            units.append(recurring.word)
        blocks.append(_fill(chance, tongue, units, middle // paragraphs - 4))
    blocks.append(
        "\n".join(f"- {make_name(chance, tongue)}" for _ in range(bulleted.count if bulleted else 0))
    )
    if closed:
        blocks.append(f"[{closed.word} {closed.sections + 1 - number}]")
    heading = f"## {number}. {make_name(chance, tongue)}" + (f" [{coded.factor * number}]" if coded else "")
    return "\n\n".join([heading, *filter(None, blocks)])


def _fill(chance: Random, language: Language, units: list[str], length: int) -> str:
    if language == "zh":
        words = "".join(make_name(chance, language) for _ in range(length))
        return ("".join(units) + words)[:length] + "。"
    return " ".join([*units, *(make_name(chance, language) for _ in range(length - len(units)))]) + "."


def _find(rules: Sequence[Rule], kind: type[R]) -> R | None:
    return next((rule for rule in rules if isinstance(rule, kind)), None)
