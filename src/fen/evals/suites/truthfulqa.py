"""TruthfulQA: questions that many people answer falsely (Lin et al. 2021, arXiv:2109.07958).

MC1 as a choice that is written: one option is true. The published score compares likelihoods, which a chat
address does not tell; the two are not to be mixed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import msgspec

from fen.evals.choices import Choice, ask_choice
from fen.evals.files import FILE_OPTION, find_file
from fen.evals.rows import read_json
from fen.evals.sample import Sample
from fen.evals.scorers import score_letter
from fen.evals.suite import DataFile, Files, Suite
from fen.wire.errors import ConfigError

_FILE = DataFile(
    path="truthfulqa/mc_task.json",
    url="https://raw.githubusercontent.com/sylinrl/TruthfulQA/main/data/mc_task.json",
)

HEAD = "Answer the question. Exactly one option is true. Answer with the letter alone."


class _Row(msgspec.Struct):
    question: str
    mc1_targets: dict[str, int]  # 1 for the true option, which the file has first


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the questions in the file's order; the options of each have an order of its own."""
    path = find_file(files, options, _FILE)
    for number, row in enumerate(read_json(path, list[_Row])):
        yield ask_choice(_shuffle(row, f"{path}, question {number}"), (), HEAD, id=str(number))


def _shuffle(row: _Row, place: str) -> Choice:
    answers = list(row.mc1_targets)
    true = [answer for answer, mark in row.mc1_targets.items() if mark]
    if len(true) != 1 or len(answers) > 26:
        raise ConfigError(
            f"{place}: found {len(true)} true of {len(answers)} options, expected 1 of up to 26"
        )
    random.Random(row.question).shuffle(answers)  # noqa: S311 (an order, not a secret)
    return Choice(row.question, tuple(answers), chr(ord("A") + answers.index(true[0])))


SUITE = Suite(
    name="truthfulqa",
    summary="questions that many people answer falsely",
    dimension="knowledge",
    languages=("en",),
    licence="Apache-2.0",
    source="https://github.com/sylinrl/TruthfulQA",
    files=(_FILE,),
    load=load,
    score=score_letter,
    scorer="letter/1",
    template="MC1 as a written choice, options shuffled by question, letter asked for",
    judges_cut=True,
    options=FILE_OPTION,
)
