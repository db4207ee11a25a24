"""How far an answer keeps its rules: every rule in every section."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.evals.lengths.count import count_length
from fen.evals.long_form.document import Section, read_document
from fen.evals.long_form.plan import Plan
from fen.evals.long_form.rules import name_rule
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids


class Kept(msgspec.Struct, frozen=True):
    """What was kept; a score's `detail`.

    share: of rules times sections, those beyond the ones asked for included, which keep nothing. rules: for
    each rule its share of the sections asked for. first: the first section in which a rule
    was broken, with the rules; None where all were kept. until: the share of the sections before it. extra:
    sections beyond those asked for. written: words and Chinese characters.
    """

    strict: bool
    share: float
    rules: dict[str, float]
    first: tuple[int, list[str]] | None
    until: float
    sections: int
    extra: int
    written: int


def check(plan: Plan, text: str) -> Kept:
    """Return what a text keeps of a plan; sections that are missing keep nothing."""
    sections = read_document(text)
    held = {name_rule(rule): [False] * plan.sections for rule in plan.rules}
    for place, section in enumerate(sections[: plan.sections]):
        for rule in plan.rules:
            held[name_rule(rule)][place] = rule.holds(place + 1, section)
    first = _find_first(held, plan.sections)
    extra = max(0, len(sections) - plan.sections)
    return Kept(
        strict=first is None and not extra,
        share=sum(map(sum, held.values())) / (len(held) * (plan.sections + extra)),
        rules={name: sum(marks) / plan.sections for name, marks in held.items()},
        first=first,
        until=1.0 if first is None else (first[0] - 1) / plan.sections,
        sections=len(sections),
        extra=extra,
        written=count_length(_join(sections)),
    )


def _find_first(held: dict[str, list[bool]], sections: int) -> tuple[int, list[str]] | None:
    for place in range(sections):
        broken = [name for name, marks in held.items() if not marks[place]]
        if broken:
            return place + 1, broken
    return None


def _join(sections: Sequence[Section]) -> str:
    return "\n".join(f"{section.heading}\n{section.text}" for section in sections)


async def score_kept(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Score an answer by its plan: value is the share kept, correct only where all was kept.

    An answer that a limit cut is truncated, and its value is what is there; one without any section is a
    format error.
    """
    response = responses[-1]
    end = find_end(response, judges_cut=True)
    if end is not None:
        return end
    plan = msgspec.convert(sample.target, Plan)
    kept = check(plan, response.text)
    detail = msgspec.to_builtins(kept)
    if response.cut:
        return Score("truncated", kept.share, None, detail)
    if not kept.sections:
        return Score("format_error", detail=detail)
    answer = "all kept" if kept.strict else f"kept up to section {round(kept.until * plan.sections)}"
    return Score("correct" if kept.strict else "wrong", kept.share, answer, detail)
