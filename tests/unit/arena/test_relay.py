"""The relay on a virtual clock: both sides have one rhythm, whatever the upstreams' own rhythms are."""

import pytest

from tests.fakes.rhythms import RHYTHM, sizes, speak, stutter, text, watch

LONG = "The quick brown fox jumps over the lazy dog, and the dog does not mind it at all. " * 6

RHYTHMS = {
    "a burst and a trickle": (speak(LONG, 4000, 0, 0.1), speak(LONG, 3, 0.05, 2.0)),
    "words and paragraphs": (speak(LONG, 5, 0.02, 0.2), speak(LONG, 200, 3.0, 0.4)),
    "late and early": (speak(LONG, 8, 0.01, 15.0), speak(LONG, 8, 0.01, 0.05)),
    "by chance": (stutter(LONG, 1), stutter(LONG, 2)),
    "one that ends late": (speak(LONG, 50, 0.1, 0.1), [*speak(LONG, 50, 0.1, 0.1)[:-1], (40.0, "")]),
}


@pytest.mark.parametrize("name", RHYTHMS)
@pytest.mark.parametrize("slow", [0.0, 0.07])
def test_both_sides_have_the_same_moments_and_sizes(name: str, slow: float) -> None:
    left, right = RHYTHMS[name]
    seen = watch(left, right, slow=slow)
    assert sizes(seen, "left") == sizes(seen, "right")
    assert text(seen, "left") == text(seen, "right") == LONG.strip()
    assert [frame.kind for _, frame in seen].count("start") == 1


@pytest.mark.parametrize("name", RHYTHMS)
def test_which_side_is_slow_changes_nothing(name: str) -> None:
    left, right = RHYTHMS[name]
    one, other = watch(left, right), watch(right, left)
    assert [(moment, frame.kind) for moment, frame in one] == [
        (moment, frame.kind) for moment, frame in other
    ]
    assert sizes(one, "left") == sizes(other, "left")


def test_moments_are_those_of_the_rhythm() -> None:
    seen = watch(stutter(LONG, 3), stutter(LONG, 4))
    assert len(seen) > 20
    for moment, _ in seen:
        assert moment / RHYTHM.period == pytest.approx(round(moment / RHYTHM.period), abs=1e-3)


@pytest.mark.parametrize("end", [0.5, 30.0])
def test_an_answer_that_ends_early_is_not_told_apart_before_the_other_ends(end: float) -> None:
    short, long = LONG[:103].strip(), LONG.strip()
    last = 30.5
    seen = watch(
        [*speak(short, 10, 0.01, 0.1)[:-1], (end, "")], [*speak(long, 10, 0.2, 0.3)[:-1], (last, "")]
    )
    before = [frame for moment, frame in seen if moment < last]
    assert all(len(frame.left) == len(frame.right) for frame in before)
    assert len("".join(frame.left for frame in before)) < len(short)  # not even its last piece
    assert (text(seen, "left"), text(seen, "right")) == (short, long)


def test_what_is_shown_does_not_hang_on_when_the_short_one_ended() -> None:
    """Both are frozen where the short one ends, so an end and a pause look the same."""
    long = [*speak(LONG, 10, 0.2, 0.3)[:-1], (20.0, "")]
    said = speak(LONG[:96], 96, 0.0, 0.1)[:-1]
    assert watch([*said, (0.2, "")], long) == watch([*said, (19.0, "")], long)


def test_both_start_when_both_have_begun_or_together_after_a_limit() -> None:
    quick = speak(LONG, 100, 0.0, 0.1)
    seen = watch(quick, speak(LONG, 100, 0.0, 7.0))
    assert [frame.kind for _, frame in seen[:2]] == ["start", "text"]
    assert all(7.0 <= moment <= 7.0 + RHYTHM.period for moment, _ in seen[:2])
    late = watch(quick, speak(LONG, 100, 0.0, 50.0))
    assert [(moment, frame.kind) for moment, frame in late[:4]] == [
        (10.0, "beat"),
        (20.0, "start"),
        (30.0, "beat"),
        (40.0, "beat"),
    ]
    assert all(moment > 49.9 for moment, frame in late if frame.kind == "text")


@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("moment", [0.05, 3.0])
def test_a_failure_ends_both_at_once_and_says_nothing(failing: int, moment: float) -> None:
    scripts = [speak(LONG, 10, 0.1, 0.1), speak(LONG, 10, 0.1, 0.1)]
    scripts[failing] = [*(one for one in scripts[failing] if one[0] < moment), (moment, "!")]
    seen = watch(scripts[0], scripts[1])
    assert all(when <= moment + RHYTHM.period for when, _ in seen)
    assert sizes(seen, "left") == sizes(seen, "right")


def test_long_answers_are_shown_in_longer_pieces_of_the_same_size() -> None:
    text = "x" * 40_000
    seen = watch(speak(text, 40_000, 0, 0.1), speak(text, 40_000, 0, 0.2))
    lengths = [len(frame.left) for _, frame in seen if frame.kind == "text"]
    assert lengths[0] == 1000
    assert min(lengths[:-1]) >= RHYTHM.size
    assert seen[-1][0] < 25
