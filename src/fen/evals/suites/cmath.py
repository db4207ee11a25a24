"""CMATH: Chinese word problems of grades 1 to 6, and with distractors (Wei et al. 2023, arXiv:2306.16636)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fen.evals.files import FILE_OPTION, find_file
from fen.evals.rows import interleave, read_jsonl
from fen.evals.sample import Sample
from fen.evals.scorers import score_number
from fen.evals.suite import DataFile, Files, Load, Suite

_BASE = "https://raw.githubusercontent.com/XiaoMi/cmath/9fa13ef0b2d03f5a18c1ace7001248d3981d65ea/datasets"
_PLAIN = DataFile(
    path="cmath/cmath_dev.jsonl",
    url=f"{_BASE}/cmath_dev.jsonl",
    sha256="b9c6333a31fd740e7f5b5a71022bd59e00748798a3377364346d280549b25e3b",
)
_DISTRACTED = DataFile(
    path="cmath/distractor.jsonl",
    url=f"{_BASE}/distractor.jsonl",
    sha256="6970b6f0c1770ac73a1a78efbc0980ad5d4437d0fac21eb3d645dc2be4933c31",
)

PROMPT = "{question}\n\n请一步一步推理。最后一行写成“#### N”，其中 N 是答案的数字或分数。"


class _Plain(msgspec.Struct):
    input: str
    golden: str
    grade: int


class _Distracted(msgspec.Struct):
    input: str
    original: str
    golden: str
    distractor: int  # how many sentences that do not matter were added


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the problems, one of each grade in turn."""
    grades: dict[int, list[Sample]] = {}
    for number, row in enumerate(read_jsonl(find_file(files, options, _PLAIN), _Plain)):
        sample = _ask(row.input, row.golden, id=str(number), stratum=f"grade {row.grade}")
        grades.setdefault(row.grade, []).append(sample)
    return interleave(grades.values())


def load_distracted(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the problems, each with 0 to 5 distractors; what was made of one problem is a cluster."""
    numbers: dict[str, int] = {}
    for row in read_jsonl(find_file(files, options, _DISTRACTED), _Distracted):
        number = numbers.setdefault(row.original, len(numbers))
        yield _ask(
            row.input,
            row.golden,
            id=f"{number}/{row.distractor}",
            cluster=str(number),
            stratum=f"{row.distractor} distractors",
        )


def _ask(question: str, golden: str, **facts: Any) -> Sample:
    return Sample(
        messages=({"role": "user", "content": PROMPT.format(question=question)},),
        target=golden,
        params={"max_tokens": 512, "temperature": 0},
        language="zh",
        **facts,
    )


def _make(name: str, summary: str, file: DataFile, load: Load, clustered: str | None = None) -> Suite:
    return Suite(
        name=name,
        summary=summary,
        dimension="calculation",
        languages=("zh",),
        licence="CC BY 4.0",
        source="https://github.com/XiaoMi/cmath",
        files=(file,),
        load=load,
        score=score_number,
        scorer="number/1",
        template='question, "reason step by step", "#### N" asked for, in Chinese',
        options=FILE_OPTION,
        clustered=clustered,
    )


SUITES = (
    _make("cmath", "Chinese word problems of grades 1 to 6", _PLAIN, load),
    _make(
        "cmath_distractor",
        "the same kind with sentences that do not matter",
        _DISTRACTED,
        load_distracted,
        "the problem that distractors were added to",
    ),
)
