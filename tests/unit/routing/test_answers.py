"""A verifier out of the texts of answers."""

import random

from fen.routing import Asked
from fen.routing.answers import learn_verifier
from fen.routing.features import featurize
from fen.routing.learn import Part, Told
from fen.routing.outcome import Evidence, Outcome
from fen.routing.pivot import pivot
from fen.routing.signals import Reply, read_signals
from fen.routing.verifier import describe

DRAWN = random.Random(4)


def answer(model: str, row: int, *, text: bool = True) -> Outcome:
    right = DRAWN.random() < (0.9 if model == "strong" else 0.5)
    hedged = DRAWN.random() < (0.1 if right else 0.8)
    said = "Perhaps it is 4, I am not sure." if hedged else "It is 4."
    return Outcome(
        Asked(f"What is {row}?"), model, float(right), answer=said if text else None, finish="stop"
    )


def learn(count: int, *, text: bool = True):
    evidence = Evidence(
        tuple(answer(model, row, text=text) for row in range(count) for model in ("cheap", "strong"))
    )
    matrices = pivot(evidence)
    part = Part(matrices, featurize(matrices.asked, 10))
    p = matrices.score * 0 + [0.5, 0.9]
    return learn_verifier(evidence, part, Told(p, p, p[:, 0], None))


def test_hedged_answers_are_told_from_plain_ones():
    verifier, sieves = learn(300)
    assert verifier is not None
    asked = Asked("What is 7?")
    sure, unsure = (
        verifier.probability(describe(asked, 0.5, read_signals(Reply(text, "stop"))))
        for text in ("It is 4.", "Perhaps it is 4, I am not sure.")
    )
    assert sure > 0.7
    assert unsure < 0.4
    assert sieves[0.5].catches > 0.5 > sieves[0.5].alarms


def test_without_texts_or_with_few_there_is_no_verifier():
    assert learn(300, text=False) == (None, {})
    assert learn(40) == (None, {})
