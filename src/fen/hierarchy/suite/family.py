"""A family of generated tasks: what varies in it, and how one draw becomes three cases."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import msgspec

from fen.hierarchy.privilege import Privilege
from fen.hierarchy.suite.answer import Answer
from fen.hierarchy.suite.case import Case, Language, Prompt, Role
from fen.hierarchy.suite.rubric import Rubric


class Draw(msgspec.Struct, frozen=True):
    """What one draw of a family has been given; random: its own, seeded by family, seed and number."""

    number: int
    language: Language
    phrasing: str
    carrier: str
    random: Random

    def say(self, english: str, chinese: str) -> str:
        """Return the text in the draw's language."""
        return chinese if self.language == "zh" else english


class Request(msgspec.Struct, frozen=True):
    """One of a draw's three requests, with what a right answer is."""

    prompt: Prompt
    passes: Rubric
    expected: Answer
    obeyed: Rubric | None = None


class Family(msgspec.Struct, frozen=True):
    """A family; a draw has one phrasing of the lower instruction and one carrier of it.

    category: the row of the table. phrasings, carriers: their names; a family can be drawn without some, so
    that a model which was trained on these is measured on the others.
    """

    name: str
    category: str
    higher: Privilege
    lower: Privilege
    phrasings: tuple[str, ...]
    carriers: tuple[str, ...]
    make: Callable[[Draw], tuple[Request, Request, Request]]

    def draw(self, drawn: Draw) -> tuple[Case, Case, Case]:
        """Return a draw's conflict, reference and aligned twin."""
        conflict, reference, aligned = self.make(drawn)
        return (
            self._case(drawn, "conflict", conflict),
            self._case(drawn, "reference", reference),
            self._case(drawn, "aligned", aligned),
        )

    def _case(self, drawn: Draw, role: Role, ask: Request) -> Case:
        stem = f"{self.name}-{drawn.number}"
        twins: dict[Role, str | None] = {
            "conflict": f"{stem}-aligned",
            "reference": None,
            "aligned": f"{stem}-conflict",
        }
        return Case(
            id=f"{stem}-{role}",
            suite=self.name,
            category=self.category,
            higher=self.higher,
            lower=self.lower,
            role=role,
            prompt=ask.prompt,
            passes=ask.passes,
            expected=ask.expected,
            obeyed=ask.obeyed,
            twin=twins[role],
            language=drawn.language,
            phrasing=drawn.phrasing,
            carrier=drawn.carrier,
        )
