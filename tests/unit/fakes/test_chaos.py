from collections import Counter

from tests.fakes.chaos import FAULTS, Chaos
from tests.fakes.script import Script, parse_script

TEXTS = [f"call {number} [[tokens-5]]" for number in range(4000)]


def test_the_same_seed_draws_the_same_faults_in_any_order() -> None:
    first, second, other = Chaos(0.3, 1), Chaos(0.3, 1), Chaos(0.3, 2)
    forth = {text: first.draw(text) for text in TEXTS}
    back = {text: second.draw(text) for text in reversed(TEXTS)}
    assert forth == back
    assert first.drawn == second.drawn
    assert forth != {text: other.draw(text) for text in TEXTS}


def test_a_request_that_is_said_again_has_another_chance() -> None:
    chaos = Chaos(0.5, 1)
    assert len({chaos.draw("again") for _ in range(50)}) > 5


def test_the_rate_is_kept_and_every_fault_is_drawn() -> None:
    chaos = Chaos(0.1, 1)
    words = Counter(chaos.draw(text) for text in TEXTS)
    assert 300 <= len(TEXTS) - words[""] <= 500
    assert set(chaos.drawn) == set(FAULTS)
    assert chaos.drawn.total() == len(TEXTS) - words[""]


def test_every_word_is_known_and_does_something() -> None:
    for words in FAULTS.values():
        for word in words:
            assert parse_script("m", f"[[{word.format(at=2)}]]") != Script()


def test_without_a_rate_there_is_no_fault() -> None:
    chaos = Chaos(0.0, 1)
    assert not any(chaos.draw(text) for text in TEXTS)
