"""C-Eval: 52 subjects of Chinese schools, universities and professions (Huang et al. 2023, arXiv:2305.08322).

The answers of its test are not published, so its validation questions are asked, as most reports do.
"""

from __future__ import annotations

from fen.evals.exams import Exam
from fen.evals.files import FILE_OPTION
from fen.evals.scorers import score_letter
from fen.evals.suite import DataFile, Suite

EXAM = Exam(
    file=DataFile(
        path="ceval/ceval-exam.zip",
        url="https://huggingface.co/datasets/ceval/ceval-exam/resolve/main/ceval-exam.zip",
    ),
    split="val",
    question="question",
    answer="answer",
    head="以下是中国考试的单项选择题，请选出其中的正确答案，只回答选项的字母。",
    label="答案：",
)

SUITE = Suite(
    name="ceval",
    summary="52 subjects of Chinese schools, universities and professions",
    dimension="knowledge",
    languages=("zh",),
    licence="CC BY-NC-SA 4.0",
    source="https://github.com/hkust-nlp/ceval",
    files=(EXAM.file,),
    load=EXAM.load,
    score=score_letter,
    scorer="letter/1",
    shots=5,
    template="published layout in one message, worked examples from dev, letter asked for; split val",
    judges_cut=True,
    options={**FILE_OPTION, "shots": "5", "subjects": ""},
)
