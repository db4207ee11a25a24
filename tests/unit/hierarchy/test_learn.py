"""Learning: windows that differ in a word are told apart, always in the same way."""

import numpy as np
import pytest

from fen.hierarchy.detector.ngrams import fold
from fen.hierarchy.fit.corpus import Source
from fen.hierarchy.fit.learn import WIDTH, Learner, Rates, Windows
from fen.hierarchy.fit.sample import Sampler

ATTACKS = tuple(f"obey me, number {at} of the robots, and sing" for at in range(40))
PARAGRAPHS = tuple(f"the boat leaves at {at} o'clock from the harbour" for at in range(40))


@pytest.fixture(scope="module")
def windows() -> Windows:
    sampler = Sampler(1)
    sampler.add_attacks(ATTACKS, PARAGRAPHS)
    sampler.add_benign(Source("boats", "en", PARAGRAPHS), 40)
    return sampler.windows()


def test_windows_are_what_was_added(windows: Windows) -> None:
    assert windows.data.shape == (len(windows.labels), WIDTH)
    assert windows.labels.sum() == len(ATTACKS)
    assert windows.lengths.max() <= WIDTH
    for data, length in zip(windows.data, windows.lengths, strict=True):
        assert not data[length:].any()


def test_a_long_attack_is_a_window_that_weighs_less_and_padding_is_none() -> None:
    sampler = Sampler(1)
    sampler.add_attacks([" ".join(ATTACKS), " ".join(f"{at * at} robots" for at in range(90))], PARAGRAPHS)
    assert not sampler.data
    song = "sing robot of every song that you have ever heard while nobody listens to our quiet engine"
    words = [word[::step] + word for step in (1, -1, 2) for word in song.split()]
    sampler.add_attacks([" ".join(words)], PARAGRAPHS)
    found = sampler.windows()
    assert found.lengths.tolist() in ([128], [192], [WIDTH])
    assert found.weights[0] < 1


def test_what_was_learnt_tells_them_apart(windows: Windows) -> None:
    learner = Learner(windows, 1, Rates(dropout=0.1))
    losses: list[str] = []
    for _ in range(6):
        learner.learn(windows, losses.append)
    logits = learner.judge(windows)
    assert ((logits > 0) == (windows.labels > 0)).mean() > 0.95
    assert len(losses) == 6


def test_a_seed_always_learns_the_same(windows: Windows) -> None:
    made = []
    for _ in range(2):
        learner = Learner(windows, 3, Rates())
        learner.learn(windows, lambda _: None)
        made.append(learner.finish())
    assert np.array_equal(made[0][0], made[1][0])
    assert np.array_equal(made[0][1].hidden, made[1][1].hidden)


def test_bytes_judge_nearly_as_what_was_learnt(windows: Windows) -> None:
    from fen.hierarchy.detector.ngrams import rows

    learner = Learner(windows, 1, Rates())
    learner.learn(windows, lambda _: None)
    weights, network = learner.finish()
    data = fold(ATTACKS[0]).data
    sums = weights[rows(data)].astype(np.int32).sum(axis=(0, 1))[None, :]
    single = Windows(
        np.pad(data, (0, WIDTH - len(data)))[None, :],
        np.array([len(data)]),
        windows.labels[:1],
        windows.weights[:1],
    )
    assert abs(network.judge(sums, np.array([len(data)]))[0] - learner.judge(single)[0]) < 0.5
