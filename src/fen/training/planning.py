"""A plan of a data set: items become examples, pairs and questions, each checked by the model's tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fen.training.arms import Arms
from fen.training.generate import Question
from fen.training.item import Item
from fen.training.plan import Plan
from fen.training.recipe import Recipe
from fen.training.texts import Example, Pair, Turn, encode_example, encode_prompt
from fen.wire.errors import ConfigError

IFEVAL = "ifeval"
ANSWER = 48
"""The most tokens of an answer to an item."""
FOREIGN = 128
"""The same of data sets of others, whose answers are whole sentences."""
LONG = 512
"""The most tokens of an answer to an IFEval prompt, wherever its constraints stand."""
REPLAY = 300
"""The most tokens of a replay answer."""
HELD_OUT = 100
"""The most prompts that the replay loss is measured by."""
_KINDS_TO_ONE = 4  # kinds of replay prompts, of which one is held out
_WINDOW = 2048
"""The longest prompt that is asked; the arms are trained on texts that are far shorter."""


class Measures(msgspec.Struct, frozen=True):
    """What measures a comparison beside its own items: data sets of others, and IFEval's prompts by id."""

    foreign: Sequence[Item] = ()
    ifeval: Mapping[str, str] = {}


def make_plan(tokenizer: Any, recipe: Recipe, arms: Arms, measures: Measures) -> Plan:
    """Return the plan of a data set.

    A place of the arms whose item is too long in one of them is left out in both, so that they keep the same
    size; so is a pair, and a question that does not fit in the window or holds a special token. Every fourth
    kind of replay prompt is held out; the first HELD_OUT of these prompts measure the replay loss. Raises
    ConfigError where nothing is short enough.
    """
    checker = _Checker(tokenizer, recipe.max_tokens)
    places = [
        pair
        for pair in zip(arms.baseline, arms.treatment, strict=True)
        if all(checker.fits(item, item.target) for item in pair)
    ]
    if not places:
        raise ConfigError(f"found no example of at most {recipe.max_tokens} tokens, expected at least one")
    both = [
        item for item in arms.pairs if all(checker.fits(item, text) for text in (item.target, item.rejected))
    ]
    sets = {"seen": arms.seen, "unseen": arms.unseen, "foreign": measures.foreign}
    asked = [
        _ask(item, name, _limit_answer(item, name))
        for name, items in sets.items()
        for item in items
        if checker.asks(item)
    ]
    asked += [_ask_ifeval(key, prompt) for key, prompt in measures.ifeval.items()]
    held_out = set(sorted({item.template for item in arms.replay})[::_KINDS_TO_ONE])
    return Plan(
        recipe,
        {
            "baseline": tuple(_make_example(place, item) for place, (item, _) in enumerate(places)),
            "treatment": tuple(_make_example(place, item) for place, (_, item) in enumerate(places)),
        },
        tuple(
            Pair(item.id, list_turns(item), item.target, item.rejected or "", item.family) for item in both
        ),
        tuple(asked),
        tuple(_ask(item, "replay", REPLAY) for item in arms.replay if item.template not in held_out),
        tuple(_ask(item, "held_out", REPLAY) for item in arms.replay if item.template in held_out)[:HELD_OUT],
    )


def list_turns(item: Item) -> tuple[Turn, ...]:
    """Return an item's messages."""
    return tuple(Turn(message.role, message.content) for message in item.messages)


def name_ifeval(key: str) -> str:
    """Return the id of the question that an IFEval prompt is."""
    return f"{IFEVAL}-{key}"


def list_asked(plan: Plan, items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items that a plan asks."""
    asked = {question.id for question in plan.questions}
    return tuple(item for item in items if item.id in asked)


class _Checker:
    def __init__(self, tokenizer: Any, limit: int) -> None:
        self._tokenizer = tokenizer
        self._limit = limit

    def fits(self, item: Item, answer: str | None) -> bool:
        """Whether an example of the item is short enough; raises ConfigError of one that is wrong."""
        example = Example(item.id, list_turns(item), answer or "")
        return len(encode_example(self._tokenizer, example).input_ids) <= self._limit

    def asks(self, item: Item) -> bool:
        """Whether an item's prompt can be asked."""
        turns = list_turns(item)
        if any(token in turn.content for turn in turns for token in self._tokenizer.all_special_tokens):
            return False
        return len(encode_prompt(self._tokenizer, turns)) <= _WINDOW


def _make_example(place: int, item: Item) -> Example:
    return Example(f"{place}:{item.id}", list_turns(item), item.target, item.family)


def _limit_answer(item: Item, name: str) -> int:
    if name != "foreign":
        return ANSWER
    return LONG if item.family.startswith("sys_ifeval") else FOREIGN


def _ask(item: Item, name: str, limit: int) -> Question:
    return Question(item.id, name, list_turns(item), limit)


def _ask_ifeval(key: str, prompt: str) -> Question:
    return Question(name_ifeval(key), IFEVAL, (Turn("user", prompt),), LONG)
