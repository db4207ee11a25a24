"""Judges: a model scores an answer by a rubric, or says which of two is better; any model can be asked.

The judged answer is text of somebody nobody vouches for. It is handed over as data, between tags that cannot
be guessed, and named to Fen's layer as untrusted: an answer that asks for points gets none for it.
"""

from fen.evals.judge.agreement import Agreement, agreement, list_judged, read_labels
from fen.evals.judge.letters import CutOff, grade_letters, read_cutoffs
from fen.evals.judge.pairwise import Bias, Comparison, Winner, compare, find_bias
from fen.evals.judge.rubric import Criterion, Rubric
from fen.evals.judge.scoring import judged_score
from fen.evals.judge.single import Fault, Verdict, judge_single

__all__ = [
    "Agreement",
    "Bias",
    "Comparison",
    "Criterion",
    "CutOff",
    "Fault",
    "Rubric",
    "Verdict",
    "Winner",
    "agreement",
    "compare",
    "find_bias",
    "grade_letters",
    "judge_single",
    "judged_score",
    "list_judged",
    "read_cutoffs",
    "read_labels",
]
