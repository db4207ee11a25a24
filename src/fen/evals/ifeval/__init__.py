"""IFEval: 25 kinds of instructions about an answer's form, each checked by a program."""

from fen.evals.ifeval.instruction import Instruction, Reader
from fen.evals.ifeval.kinds import KINDS, read_instruction
from fen.evals.ifeval.reading import PUNKT, LanguageReader, open_reader
from fen.evals.ifeval.verdict import (
    IfevalMetrics,
    Verdict,
    check_answer,
    describe_verdicts,
    ifeval_metrics,
    read_verdicts,
    tell_metrics,
)

__all__ = [
    "KINDS",
    "PUNKT",
    "IfevalMetrics",
    "Instruction",
    "LanguageReader",
    "Reader",
    "Verdict",
    "check_answer",
    "describe_verdicts",
    "ifeval_metrics",
    "open_reader",
    "read_instruction",
    "read_verdicts",
    "tell_metrics",
]
