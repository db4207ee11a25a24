"""The bench of a decision: its prompts are what it says, and its figures are there."""

import numpy as np

from bench.route_decide import CHARACTERS, MODELS, fit_made_up, make_offers, time_decisions, write_prompts
from fen.routing.router import Router


def test_prompts_are_long_different_and_in_their_language() -> None:
    texts = write_prompts(3)
    for language, share in (("english", 0.0), ("chinese", 0.8)):
        assert len(set(texts[language])) == 3
        for text in texts[language]:
            assert len(text) == CHARACTERS
            assert (sum(ord(sign) > 0x4DFF for sign in text) / len(text) > share) == (share > 0)


def test_each_decision_is_timed_by_clock_and_processor() -> None:
    texts = write_prompts(30)["english"]
    router = Router(fit_made_up(texts), np.random.default_rng(1).random)
    offers = make_offers()
    assert len(offers) == MODELS
    taken = time_decisions(router, texts, offers)
    assert len(taken) == len(texts)
    assert all(clock > 0 and busy > 0 for clock, busy in taken)
