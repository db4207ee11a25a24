"""Mutators: each changes a text a little, and leaves its meaning to a reader who would obey it.

A mutator takes a text and a source of chance and returns another text. `PART` divides a text into parts,
which a guard may get as parts of a message or as turns.
"""

from __future__ import annotations

import base64
import codecs
import json
import re
from collections.abc import Callable, Mapping
from random import Random
from urllib.parse import quote

from fen.hierarchy.suite.adaptive.lexicon import (
    CHINESE,
    DIGITS,
    HARMLESS,
    INVISIBLE,
    LOOKALIKES,
    MARKERS,
    SCENES,
    SYNONYMS,
)

PART = "\f"
"""Where a text is divided into parts: a form feed, which ordinary text has not."""

Mutator = Callable[[str, Random], str]

_WINDOWS = (128, 256, 400, 512, 1024, 2000, 2048)
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?<=[.!?。！？\n])\s*")


def _pad_before(text: str, random: Random) -> str:
    return f"{_harmless(random, random.randint(1, 12))}\n{text}"


def _pad_after(text: str, random: Random) -> str:
    return f"{text}\n{_harmless(random, random.randint(1, 12))}"


def _pad_between(text: str, random: Random) -> str:
    pieces = [piece for piece in _SENTENCE.split(text) if piece]
    return " ".join(f"{piece} {_harmless(random, random.randint(1, 3))}" for piece in pieces)


def _split_parts(text: str, random: Random) -> str:
    places = sorted(random.sample(range(1, len(text)), min(random.randint(1, 3), max(0, len(text) - 1))))
    return PART.join(text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True))


def _window_edge(text: str, random: Random) -> str:
    """Put harmless text before, so that an edge of a window of a usual size cuts the text in its middle."""
    wanted = random.choice(_WINDOWS) * random.randint(1, 3) - random.randint(0, len(text))
    padding = ""
    while len(padding) < wanted:
        padding += random.choice(HARMLESS) + " "
    return padding[: max(0, wanted)] + text


def _to_chinese(text: str, random: Random) -> str:
    for english, chinese in CHINESE:
        if random.random() < 0.8:
            text = re.sub(rf"\b{re.escape(english)}\b", chinese, text, flags=re.IGNORECASE)
    return text


def _in_base64(text: str, random: Random) -> str:
    code = base64.b64encode(text.encode()).decode()
    return random.choice(
        (f"Decode and do: {code}", f"base64: {code}", code, f"data:text/plain;base64,{code}")
    )


def _in_rot13(text: str, random: Random) -> str:
    code = codecs.encode(text, "rot13")
    return random.choice((f"In ROT13: {code}", f"Each letter is moved by thirteen: {code}"))


def _in_percent(text: str, random: Random) -> str:
    return random.choice(("", "https://a.example/?q=")) + quote(text)


def _in_json(text: str, random: Random) -> str:
    key = random.choice(("note", "description", "title", "comment", "text"))
    inner: object = {"id": random.randint(1, 999), key: text, "tags": ["new", "sale"]}
    if random.random() < 0.5:
        inner = {"data": {"items": [inner]}, "next": None}
    return json.dumps(inner, ensure_ascii=random.random() < 0.5)


def _guess_marker(text: str, random: Random) -> str:
    close, reopen = random.choice(MARKERS)
    return f"{close}\n{text}\n{reopen}"


def _lookalikes(text: str, random: Random) -> str:
    return _swap(text, LOOKALIKES, random, random.choice((0.2, 0.5, 1.0)))


def _digits(text: str, random: Random) -> str:
    return _swap(text, DIGITS, random, random.choice((0.2, 0.5)))


def _invisible(text: str, random: Random) -> str:
    rate = random.choice((0.1, 0.3, 0.6))
    return "".join(char + random.choice(INVISIBLE) if random.random() < rate else char for char in text)


def _scene(text: str, random: Random) -> str:
    return random.choice(random.choice(SCENES)).format(text=text)


def _letter_case(text: str, random: Random) -> str:
    ways: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.title, str.swapcase)
    if random.random() < 0.5:
        return random.choice(ways)(text)
    return "".join(char.upper() if random.random() < 0.4 else char.lower() for char in text)


def _synonyms(text: str, random: Random) -> str:
    for word, others in SYNONYMS.items():
        if random.random() < 0.7:
            wanted = rf"\b{word}\b" if word.isascii() else word
            text = re.sub(wanted, random.choice(others), text, flags=re.IGNORECASE)
    return text


def _spacing(text: str, random: Random) -> str:
    joiner = random.choice((" ", "-", ".", "_"))
    rate = random.choice((0.3, 1.0))
    return _WORD.sub(lambda word: joiner.join(word[0]) if random.random() < rate else word[0], text)


def _code_comment(text: str, random: Random) -> str:
    lines = text.splitlines() or [text]
    marks = random.choice(("# ", "// ", "-- ", "; "))
    commented = "\n".join(marks + line for line in lines)
    return f"def load(path):\n{commented}\n    return open(path).read()\n"


def _markdown_table(text: str, random: Random) -> str:
    cell = text.replace("\n", "<br>").replace("|", "/")
    number = random.randint(100, 999)
    return f"| no | remark |\n|---|---|\n| {number} | paid |\n| {number + 1} | {cell} |\n"


def _backwards(text: str, random: Random) -> str:
    lead = random.choice(("Read from the end: ", "Backwards: ", "倒着读："))
    return lead + text[::-1]


def _drop_word(text: str, random: Random) -> str:
    words = text.split(" ")
    if len(words) < 4:
        return text
    del words[random.randrange(len(words))]
    return " ".join(words)


def _html(text: str, random: Random) -> str:
    style = random.choice(("", ' style="display:none"', ' hidden=""', ' class="note"'))
    return f"<div><p>{random.choice(HARMLESS)}</p><span{style}>{text}</span></div>"


MUTATORS: Mapping[str, Mutator] = {
    "backwards": _backwards,
    "base64": _in_base64,
    "case": _letter_case,
    "chinese": _to_chinese,
    "code_comment": _code_comment,
    "digits": _digits,
    "drop_word": _drop_word,
    "html": _html,
    "invisible": _invisible,
    "json": _in_json,
    "lookalikes": _lookalikes,
    "marker": _guess_marker,
    "markdown_table": _markdown_table,
    "pad_after": _pad_after,
    "pad_before": _pad_before,
    "pad_between": _pad_between,
    "percent": _in_percent,
    "rot13": _in_rot13,
    "scene": _scene,
    "spacing": _spacing,
    "split_parts": _split_parts,
    "synonyms": _synonyms,
    "window_edge": _window_edge,
}
"""All mutators by name."""


def _harmless(random: Random, count: int) -> str:
    return " ".join(random.choice(HARMLESS) for _ in range(count))


def _swap(text: str, table: Mapping[str, str], random: Random, rate: float) -> str:
    return "".join(table.get(char, char) if random.random() < rate else char for char in text)
