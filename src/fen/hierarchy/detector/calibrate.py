"""Thresholds of the guard: per cell, where the worst benign source has FALSE_ALARMS.

A cell that fewer than LEAST texts (LEAST_LONG above 8,000 characters) are known of is uncalibrated: its
threshold is that of the strictest calibrated cell, and nobody is refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from random import Random

import msgspec

from fen.hierarchy.detector.cells import LANGUAGES, LENGTHS, find_cell

FALSE_ALARMS = 0.01
LEAST, LEAST_LONG = 1_000, 300
LOWEST = 0.0
"""The logit below which no threshold is set: there the guard itself takes a text for benign."""

ENOUGH = 100
"""Texts that a source needs in a cell to count by itself; those with fewer count together."""

TRIGGERS = re.compile(
    r"\b(ignor|previous|instruct|system|prompt|password|secret|overrid|reveal|print|forget|disregard|repeat)\w*",
    re.IGNORECASE,
)
"""Words that attacks have, and manuals too."""

TRIGGER_SOURCE = "trigger words"
_FEW_SOURCE = "sources with few texts"
_BREAK = "\n\n"
_SENTENCE = re.compile(r"[A-Z\"'(“].*[a-z].*[.!?:)\"”]$", re.DOTALL)
_SHORTEST = 10


class Threshold(msgspec.Struct, frozen=True):
    """From which logit on a text is suspicious. texts: how many were measured. worst: the source."""

    logit: float
    texts: int
    calibrated: bool
    worst: str


def cut_texts(paragraphs: tuple[str, ...], length: int, count: int, seed: int) -> list[str]:
    """Return about `count` texts of a source, of the lengths of LENGTHS[length], or as many as it has.

    The shortest are single paragraphs; longer ones are runs of them. Runs begin evenly throughout the source
    and overlap by half at most.
    """
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    most = LENGTHS[length][1]
    if length == 0:
        found = [text for text in paragraphs if _SHORTEST <= len(text) < most]
        return chance.sample(found, min(count, len(found)))
    least = LENGTHS[length - 1][1]
    typical = least * 1.6
    count = min(count, int(2 * sum(map(len, paragraphs)) / typical))
    found: list[str] = []
    for number in range(count):
        target = int(least * (most / least) ** (0.02 + 0.93 * chance.random() ** 2))
        text = _run(paragraphs, number * len(paragraphs) // count, target)
        if len(text) >= least:
            found.append(text)
    return found


def _run(paragraphs: tuple[str, ...], start: int, target: int) -> str:
    parts: list[str] = []
    total = 0
    for at in range(start, len(paragraphs)):
        parts.append(paragraphs[at])
        total += len(paragraphs[at]) + len(_BREAK)
        if total >= target:
            break
    return _BREAK.join(parts)[:target]


def has_trigger_words(text: str) -> bool:
    """Whether a text is a natural paragraph, in English, with at least two different trigger words."""
    if not (40 < len(text) < LENGTHS[1][1]) or not _SENTENCE.match(text):
        return False
    letters = sum(char.isalpha() or char == " " for char in text)
    words = {word.lower() for word in TRIGGERS.findall(text)}
    return len(words) >= 2 and letters > 0.85 * len(text) and _BREAK not in text


def sort_texts(
    sources: Iterable[tuple[str, tuple[str, ...]]], count: int, seed: int
) -> dict[str, dict[str, list[str]]]:
    """Return the texts of each cell, by source; a text's cell is found as for any other, not by its source.

    sources: names and paragraphs. count: texts of each length that are cut of each source.
    """
    cells: dict[str, dict[str, list[str]]] = {
        f"{length}_{lang}": {} for lang in LANGUAGES for length, _ in LENGTHS
    }
    for name, paragraphs in sources:
        texts = [text for at in range(len(LENGTHS)) for text in cut_texts(paragraphs, at, count, seed)]
        for text in texts:
            cells[find_cell(text).name].setdefault(name, []).append(text)
        for text in paragraphs:
            if has_trigger_words(text):
                cells[find_cell(text).name].setdefault(TRIGGER_SOURCE, []).append(text)
    return cells


def set_thresholds(
    texts: Mapping[str, Mapping[str, list[str]]], judge: Callable[[str], float]
) -> dict[str, Threshold]:
    """Return the threshold of each cell. judge: returns a text's logit."""
    measured = {cell: _measure(sources, judge) for cell, sources in texts.items()}
    found = {
        cell: _choose(logits, LEAST_LONG if cell.startswith(LENGTHS[-1][0]) else LEAST)
        for cell, logits in measured.items()
    }
    strictest = max((limit.logit for limit in found.values() if limit.calibrated), default=0.0)
    return {
        cell: limit if limit.calibrated else msgspec.structs.replace(limit, logit=strictest)
        for cell, limit in found.items()
    }


def _measure(sources: Mapping[str, list[str]], judge: Callable[[str], float]) -> dict[str, list[float]]:
    """Return the logits by source, those of small sources together."""
    logits: dict[str, list[float]] = {}
    for name, texts in sources.items():
        known = name if len(texts) >= ENOUGH else _FEW_SOURCE
        logits.setdefault(known, []).extend(judge(text) for text in texts)
    return logits


def _choose(logits: Mapping[str, list[float]], least: int) -> Threshold:
    total = sum(map(len, logits.values()))
    if total < least:
        return Threshold(0.0, total, False, "")
    limits = {name: limit_alarms(found) for name, found in logits.items() if len(found) >= ENOUGH}
    worst = max(limits, key=lambda name: limits[name])
    return Threshold(max(limits[worst], LOWEST), total, True, worst)


def limit_alarms(logits: list[float], share: float = FALSE_ALARMS) -> float:
    """Return the lowest limit that at most that share of the logits reach."""
    falling = sorted(logits, reverse=True)
    return falling[int(share * len(falling))] + 1e-4
