"""GSM8K: word problems of grade school, several steps each (Cobbe et al. 2021, arXiv:2110.14168)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from fen.evals.files import FILE_OPTION, find_file
from fen.evals.rows import read_jsonl
from fen.evals.sample import Sample
from fen.evals.scorers import score_number
from fen.evals.suite import DataFile, Files, Suite

_COMMIT = "3101c7d5072418e28b9008a6636bde82a006892c"
_FILE = DataFile(
    path="gsm8k/test.jsonl",
    url=f"https://raw.githubusercontent.com/openai/grade-school-math/{_COMMIT}/grade_school_math/data/test.jsonl",
    sha256="3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
)

PROMPT = (
    "{question}\n\n"
    'Reason step by step. End with one line of the form "#### N", where N is the answer as a number.'
)


class _Row(msgspec.Struct):
    question: str
    answer: str  # the solution, whose last line is "#### N"


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the problems in the file's order."""
    for number, row in enumerate(read_jsonl(find_file(files, options, _FILE), _Row)):
        yield Sample(
            id=str(number),
            messages=({"role": "user", "content": PROMPT.format(question=row.question)},),
            target=row.answer.rpartition("####")[2].strip().replace(",", ""),
            params={"max_tokens": 512, "temperature": 0},
        )


SUITE = Suite(
    name="gsm8k",
    summary="word problems of grade school",
    dimension="calculation",
    languages=("en",),
    licence="MIT",
    source="https://github.com/openai/grade-school-math",
    files=(_FILE,),
    load=load,
    score=score_number,
    scorer="number/1",
    template='question, "reason step by step", "#### N" asked for',
    options=FILE_OPTION,
)
