"""MATH-500: competition problems (Hendrycks et al. 2021, arXiv:2103.03874).

The 500 of MATH's test that Lightman et al. (2023, arXiv:2305.20050) held out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from fen.evals.extract import equal_formulas, find_formula
from fen.evals.files import FILE_OPTION, find_file
from fen.evals.response import Response
from fen.evals.rows import read_jsonl
from fen.evals.sample import Sample
from fen.evals.score import Score, grade
from fen.evals.suite import Aids, DataFile, Files, Suite

_FILE = DataFile(
    path="math500/test.jsonl",
    url="https://raw.githubusercontent.com/ZubinGou/math-evaluation-harness/main/data/math_oai/test.jsonl",
    sha256="35dc41080a3680858b27fa7e0533d2d547825316fc5dafe5d316f4ccc5a06132",
)

PROMPT = "{problem}\n\nReason step by step, and put the final answer within \\boxed{{}}."


class _Row(msgspec.Struct):
    problem: str
    answer: str
    subject: str
    unique_id: str


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the problems in the file's order, which mixes subjects and levels."""
    for row in read_jsonl(find_file(files, options, _FILE), _Row):
        yield Sample(
            id=row.unique_id.removesuffix(".json"),
            messages=({"role": "user", "content": PROMPT.format(problem=row.problem)},),
            target=row.answer,
            params={"max_tokens": 1024, "temperature": 0},
            stratum=row.subject,
        )


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Judge the formula in the last box, or after the last "answer is"."""
    found = find_formula(responses[-1].text)
    return grade(right=found is not None and equal_formulas(found, sample.target), answer=found)


SUITE = Suite(
    name="math500",
    summary="competition problems with one answer",
    dimension="calculation",
    languages=("en",),
    licence="MIT",
    source="https://github.com/openai/prm800k",
    files=(_FILE,),
    load=load,
    score=score,
    scorer="formula/1",
    template='problem, "reason step by step", box asked for',
    options=FILE_OPTION,
)
