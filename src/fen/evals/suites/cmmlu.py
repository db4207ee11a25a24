"""CMMLU: 67 subjects, many of them particular to China (Li et al. 2023, arXiv:2306.09212)."""

from __future__ import annotations

from fen.evals.exams import Exam
from fen.evals.files import FILE_OPTION
from fen.evals.scorers import score_letter
from fen.evals.suite import DataFile, Suite

EXAM = Exam(
    file=DataFile(
        path="cmmlu/cmmlu_v1_0_1.zip",
        url="https://huggingface.co/datasets/haonan-li/cmmlu/resolve/main/cmmlu_v1_0_1.zip",
    ),
    split="test",
    question="Question",
    answer="Answer",
    head="以下是单项选择题，请直接给出正确答案的选项，只回答选项的字母。",
    label="答案是：",
)

SUITE = Suite(
    name="cmmlu",
    summary="67 subjects, many of them particular to China",
    dimension="knowledge",
    languages=("zh",),
    licence="CC BY-NC-SA 4.0",
    source="https://github.com/haonan-li/CMMLU",
    files=(EXAM.file,),
    load=EXAM.load,
    score=score_letter,
    scorer="letter/1",
    shots=5,
    template="published layout in one message, worked examples from dev, letter asked for",
    judges_cut=True,
    options={**FILE_OPTION, "shots": "5", "subjects": ""},
)
