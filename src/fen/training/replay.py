"""Ordinary requests without conflict, so that training forgets nothing: the answers are the model's own.

The prompts are made of patterns and topics. None is of IFEval, by which forgetting is measured.
"""

from __future__ import annotations

from random import Random

from fen.training.item import Item, Message
from fen.wire.errors import InvalidRequest


def _list(topics: str) -> tuple[str, ...]:
    return tuple(topics.split("|"))


_TOPICS = _list(
    "the moon|bees|volcanoes|bread|bicycles|the Roman Empire|photosynthesis|chess|rainbows|"
    "coffee|whales|gravity|libraries|the printing press|vaccines|maps|glaciers|money|jazz|"
    "electric cars|deserts|dreams|clocks|recycling|earthquakes|cheese|the Olympic Games|spiders|"
    "friendship|bridges|tides|the heart|soap|compasses|penguins|tea|the stock market|lightning|"
    "forests|robots|sleep|magnets|paper|batteries|mountains|honey|the internet|pottery|sharks|"
    "gardens"
)
_PATTERNS = (
    "Explain {a} to a child.",
    "What is special about {a}?",
    "Write three sentences about {a}.",
    "Give me a short summary of what people know about {a}.",
    "List five facts about {a}.",
    "Write a short poem about {a}.",
    "Why do people like {a}?",
    "How did people first learn about {a}?",
    "Tell me a short story with {a} in it.",
    "What should a beginner know about {a}?",
    "Write a friendly e-mail that invites a colleague to a talk about {a}.",
    "Compare {a} and {b}.",
    "What do {a} and {b} have in common?",
    "Suggest a title for a book about {a} and {b}.",
    "Write a short dialogue about {a}.",
    "Give two arguments for and two against {a}.",
    "Name three questions that a teacher might ask about {a}.",
    "Describe {a} without naming it.",
    "Make a plan for one hour of lessons about {a}.",
    "Write an advertisement in two sentences for a museum of {a}.",
)
_MISSES = 50  # prompts in a row that are there already: hardly any new ones are left
_SUMS = ("plus", "minus", "times")
_CODE = (
    "reverses a string",
    "counts the vowels of a text",
    "adds the numbers of a list",
    "finds the largest number of a list",
    "tells whether a word is a palindrome",
    "removes duplicates from a list",
    "turns Celsius into Fahrenheit",
    "sorts words by their length",
)
_LANGUAGES = ("Python", "JavaScript", "Java", "C")
_SYSTEMS = ("", "", "", "You are a helpful assistant.", "You are a patient teacher.", "You answer briefly.")


def make_replay(count: int, seed: int = 0) -> tuple[Item, ...]:
    """Return so many different prompts, without an answer or a grader; raises InvalidRequest for too many."""
    random = Random(f"replay:{seed}")  # noqa: S311  prompts, no secrets
    items: dict[tuple[Message, ...], Item] = {}
    missed = 0
    while len(items) < count and missed < _MISSES:
        template, text = _write(random)
        system = random.choice(_SYSTEMS)
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
    if turn < 0.08:
        first, second = random.randint(2, 60), random.randint(2, 40)
        return "replay/sum", f"What is {first} {random.choice(_SUMS)} {second}? Explain how you find it."
    if turn < 0.16:
        return "replay/code", f"Write a function in {random.choice(_LANGUAGES)} that {random.choice(_CODE)}."
    at = random.randrange(len(_PATTERNS))
    first, second = random.sample(_TOPICS, 2)
    return f"replay/{at}", _PATTERNS[at].format(a=first, b=second)
