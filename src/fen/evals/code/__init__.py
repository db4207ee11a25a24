"""Code that a model wrote: found in its answer, run on a problem's inputs, judged by its tests."""

from fen.evals.code.extract import find_code
from fen.evals.code.trial import Inputs, Problem, Verdict, try_code

__all__ = ["Inputs", "Problem", "Verdict", "find_code", "try_code"]
