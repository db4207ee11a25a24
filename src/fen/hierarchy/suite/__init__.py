"""The suite: cases in which a lower instruction meets a higher one, and how a model does on them."""

from fen.hierarchy.suite.answer import Answer, ToolCall
from fen.hierarchy.suite.case import Ask, Case, Prompt, Span
from fen.hierarchy.suite.families import FAMILIES
from fen.hierarchy.suite.generate import draw_all, draw_family
from fen.hierarchy.suite.grade import Grade, grade

__all__ = [
    "FAMILIES",
    "Answer",
    "Ask",
    "Case",
    "Grade",
    "Prompt",
    "Span",
    "ToolCall",
    "draw_all",
    "draw_family",
    "grade",
]
