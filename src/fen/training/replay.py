"""Ordinary requests without conflict, so that training forgets nothing: the answers are the model's own.

The prompts are composed: a form or a question, a topic, who it is for, and how it is to be done. Their
`template` says by which of these they were made, so that whole kinds can be held out. None is of IFEval, by
which forgetting is measured.
"""

from __future__ import annotations

from random import Random

from fen.training import replay_words as words
from fen.training.item import Item, Message
from fen.wire.errors import InvalidRequest

_MISSES = 50  # prompts in a row that are there already: hardly any new ones are left
_AHEAD = 0.3  # of the prompts: how it is to be done is said before what


def make_replay(count: int, seed: int = 0) -> tuple[Item, ...]:
    """Return so many different prompts, without an answer or a grader; raises InvalidRequest for too many."""
    random = Random(f"replay:{seed}")  # noqa: S311  prompts, no secrets
    items: dict[tuple[Message, ...], Item] = {}
    missed = 0
    while len(items) < count and missed < _MISSES:
        template, text = _write(random)
        system = random.choice(words.SYSTEMS)
        messages = (Message("user", text),)
        if system:
            messages = (Message("system", system), *messages)
        if messages in items:
            missed += 1
            continue
        missed = 0
        items[messages] = Item(
            id=f"replay-{seed}-{len(items)}",
            family="replay",
            kind="replay",
            language="en",
            condition="reference",
            template=template,
            messages=messages,
            target="",
        )
    if len(items) < count:
        raise InvalidRequest(f"replay: found {len(items)} different prompts, expected {count}; ask for fewer")
    return tuple(items.values())


def _write(random: Random) -> tuple[str, str]:
    turn = random.random()
    if turn < 0.04:
        first, second = random.randint(2, 60), random.randint(2, 40)
        return "replay/sum", f"What is {first} {random.choice(words.SUMS)} {second}? Explain how you find it."
    if turn < 0.08:
        at, language = random.randrange(len(words.CODE)), random.choice(words.LANGUAGES)
        return f"replay/code {at}", f"Write a function in {language} that {words.CODE[at]}."
    if turn < 0.15:
        at, manner = random.randrange(len(words.TASKS)), random.choice(words.MANNERS)
        return f"replay/task {at}", manner.format(c=words.TASKS[at])
    if turn < 0.3:
        at, text = random.randrange(len(words.CHORES)), _fill(random, random.choice(words.TEXTS))
        return f"replay/chore {at}", f"{words.CHORES[at]}{random.choice((' ', chr(10), chr(10) * 2))}{text}"
    if turn < 0.55:
        at = random.randrange(len(words.QUESTIONS))
        return f"replay/question {at}", _fill(random, words.QUESTIONS[at] + random.choice(words.HOW))
    at = random.randrange(len(words.FORMS))
    asked = f"Write {words.FORMS[at]}{random.choice(words.ABOUT)}{random.choice(words.AUDIENCES)}."
    how = random.choice(words.HOW)
    text = f"{how.strip()} {asked}".strip() if random.random() < _AHEAD else asked + how
    return f"replay/form {at}", _fill(random, text)


def _fill(random: Random, text: str) -> str:
    first, second = random.sample(words.TOPICS, 2)
    return text.format(a=first, b=second, n=random.choice((50, 100, 150, 200, 300)), few=random.randint(2, 5))
