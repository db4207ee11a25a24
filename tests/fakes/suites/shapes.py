"""A suite in several dimensions whose answers depend on the model: it is right by how many words it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fen.evals import Aids, Files, Response, Sample, Score, Suite
from fen.evals.score import grade

WORDS = (6, 12, 30)
"""How many tokens the models say that are right in so many of ten, by dimension."""

SHARES = {
    "calculation": (9, 6, 4),
    "reasoning": (7, 8, 5),
    "code": (3, 6, 8),
    "knowledge": (8, 5, 9),
    "language_understanding": (6, 9, 7),
    "instruction_following": (5, 4, 8),
}


def load(files: Files, options: Mapping[str, str]) -> Iterable[Sample]:
    """Ten questions of each dimension; the script of the model's name says how it answers."""
    for dimension, shares in SHARES.items():
        for number in range(10):
            pairs = zip(WORDS, shares, strict=True)
            yield Sample(
                id=f"{dimension}-{number}",
                messages=({"role": "user", "content": f"Say as much as you like of {dimension}, {number}."},),
                target=[f"word{words - 1}" for words, share in pairs if number < share],
                params={"max_tokens": 40},
                dimension=dimension,
            )


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Right where the last word is one of the targets."""
    last = responses[-1].text.split()[-1]
    return grade(right=last in sample.target, answer=last, detail={"expected one of": sample.target})


SUITE = Suite(
    name="shapes",
    summary="six dimensions for tests",
    dimension="reasoning",
    languages=("en",),
    licence="none",
    source="this file",
    load=load,
    score=score,
    scorer="last-word/2",
)
