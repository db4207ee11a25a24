"""Windows to learn from, cut out of attacks and of benign text.

An attack that fits stands alone or in the midst of benign text; of a longer one a window is taken, which
weighs less, for it need not hold what makes the whole an attack. Of benign sources each gives as many windows
as any other, and those with words that attacks have too are taken more often.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from fen.hierarchy.detector.calibrate import has_trigger_words
from fen.hierarchy.detector.ngrams import fold
from fen.hierarchy.fit.corpus import Source
from fen.hierarchy.fit.learn import WIDTH, Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIGGERS = re.compile(
    r"ignor|previous|instruct|system|prompt|password|secret|overrid|reveal|print|repeat|forget|disregard|output"
    r"|above|answer|access|admin|assistant|respond|must|忽略|指令|提示|密码|系统|输出|重复|以上|管理员",
    re.IGNORECASE,
)
_EMBEDDED = 0.45
"""The share of attacks that fit which are learnt in the midst of benign text."""

_VARIED = 0.5  # different words, of the six bytes that an English one has with its space
_FEW = 0.35
"""The weight of a window that is only a part of its attack."""


class Sampler:
    """Collects windows."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
        self.data: list[NDArray[np.uint8]] = []
        self.labels: list[float] = []
        self.weights: list[float] = []

    def add(self, data: NDArray[np.uint8], label: float, weight: float = 1.0) -> None:
        """Add one window, cut at WIDTH."""
        self.data.append(data[:WIDTH])
        self.labels.append(label)
        self.weights.append(weight)

    def windows(self) -> Windows:
        """Return what was collected."""
        table = np.zeros((len(self.data), WIDTH), np.uint8)
        for row, data in zip(table, self.data, strict=True):
            row[: len(data)] = data
        lengths = np.array([len(data) for data in self.data])
        return Windows(table, lengths, np.array(self.labels, np.float32), np.array(self.weights, np.float32))

    def add_attacks(self, attacks: Iterable[str], around: Sequence[str]) -> None:
        """Add a window of each attack; around: benign paragraphs in which some of them stand."""
        for attack in attacks:
            data = fold(attack).data
            if len(data) > WIDTH:
                self._add_part(data)
            elif self.chance.random() < _EMBEDDED and len(data) > 24:
                self.add(self._embed(data, around), 1.0)
            else:
                self.add(data, 1.0)

    def _add_part(self, data: NDArray[np.uint8]) -> None:
        """Add a window of a long attack, unless it is nothing but padding."""
        length = self.chance.choice((128, 192, WIDTH))
        start = self.chance.choice((0, self.chance.randrange(len(data) - length), len(data) - length))
        part = data[start : start + length]
        words = part.tobytes().split()
        if len(set(words)) > _VARIED * length / 6 and max(map(len, words)) < length / 4:
            self.add(part, 1.0, _FEW)

    def add_benign(self, source: Source, count: int) -> None:
        """Add that many windows of a source, or what it has."""
        chosen = [
            text for text in source.paragraphs if self.chance.random() < 3 * count / len(source.paragraphs)
        ]
        chosen.sort(key=lambda text: (not TRIGGERS.search(text), self.chance.random()))
        half = chosen[: count // 2]
        rest = self.chance.sample(chosen, min(len(chosen), count - len(half)))
        for text in half + rest:
            self.add(self._cut(text, source), 0.0)
        for text in source.paragraphs:
            if has_trigger_words(text):
                self.add(fold(text).data, 0.0)

    def _cut(self, text: str, source: Source) -> NDArray[np.uint8]:
        if len(text) < WIDTH and self.chance.random() < 0.4:
            at = self.chance.randrange(len(source.paragraphs))
            text = "\n\n".join((text, *source.paragraphs[at : at + 3]))
        data = fold(text[:4000]).data
        length = self.chance.choice((64, 128, 128, WIDTH, WIDTH))
        start = self.chance.randrange(max(1, len(data) - length)) if self.chance.random() < 0.6 else 0
        return data[start : start + length]

    def _embed(self, data: NDArray[np.uint8], around: Sequence[str]) -> NDArray[np.uint8]:
        room = min(len(data), WIDTH - len(data))
        before = self.chance.randint(0, room)
        front = fold(self.chance.choice(around)[:400]).data[:-1]
        back = fold(self.chance.choice(around)[:400]).data[1:]
        front = front[len(front) - min(before, len(front)) :]
        return np.concatenate([front, data, back[: room - before]])
