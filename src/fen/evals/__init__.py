"""What a model is worth: suites of questions, asked through the pipeline, scored and compared."""

from fen.evals.response import Failure, Response, Timing, ToolCall
from fen.evals.sample import Body, Sample
from fen.evals.score import Outcome, Score
from fen.evals.suite import Aids, Ask, DataFile, Files, Suite

__all__ = [
    "Aids",
    "Ask",
    "Body",
    "DataFile",
    "Failure",
    "Files",
    "Outcome",
    "Response",
    "Sample",
    "Score",
    "Suite",
    "Timing",
    "ToolCall",
]
