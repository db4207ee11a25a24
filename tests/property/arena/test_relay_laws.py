"""Laws of the relay: for any rhythms of two upstreams, what is seen does not say which is whose."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.rhythms import Script, sizes, stutter, text, watch
from tests.sizes import pick

ALPHABET = "abc de,.分厘\n"
answers = st.text(ALPHABET, min_size=1, max_size=600).map(str.strip).filter(bool)
paces = st.sampled_from([0.5, 5.0, 50.0, 5000.0])
seeds = st.integers(0, 10**6)
FEW = settings(max_examples=pick(60, 1000))


@st.composite
def upstreams(draw: Any) -> tuple[str, Script]:
    """An answer and how it comes."""
    answer = draw(answers)
    return answer, stutter(answer, draw(seeds), draw(paces))


@given(upstreams(), upstreams())
@FEW
def test_both_sides_are_alike_until_both_have_ended(
    left: tuple[str, Script], right: tuple[str, Script]
) -> None:
    seen = watch(left[1], right[1])
    assert (text(seen, "left"), text(seen, "right")) == (left[0], right[0])
    ended = max(left[1][-1][0], right[1][-1][0])
    for moment, frame in seen:
        assert moment >= ended or len(frame.left) == len(frame.right)
    least = min(len(left[0]), len(right[0]))
    shown = 0
    for _, frame in seen:  # and after that, as long as both have something left
        both = min(len(frame.left), len(frame.right))
        assert len(frame.left) == len(frame.right) or shown + both == least
        shown += both


@given(upstreams(), upstreams())
@FEW
def test_swapping_the_sides_swaps_what_is_seen_and_nothing_else(
    left: tuple[str, Script], right: tuple[str, Script]
) -> None:
    one, other = watch(left[1], right[1]), watch(right[1], left[1])
    assert [(moment, frame.kind, frame.left, frame.right) for moment, frame in one] == [
        (moment, frame.kind, frame.right, frame.left) for moment, frame in other
    ]


@given(answers, seeds, paces)
@FEW
def test_the_rhythm_of_the_faster_one_leaves_no_trace(answer: str, seed: int, pace: float) -> None:
    """An upstream that is ahead all the time may be as fast as it likes: nothing of it is seen."""
    slow = stutter(answer, seed, pace)
    fast = "x" * (len(answer) + 40)
    at_once: Script = [(0.0, fast), (0.0, "")]
    sent, beside = 0, [(0.0, fast[:40])]
    for moment, piece in slow[:-1]:  # just ahead of the slow one
        beside.append((moment - 1e-7, fast[40 + sent : 40 + sent + len(piece)]))
        sent += len(piece)
    beside.append((slow[-1][0] - 1e-7, ""))
    assert sizes(watch(at_once, slow), "right") == sizes(watch(beside, slow), "right")
    assert sizes(watch(slow, at_once), "left") == sizes(watch(slow, beside), "left")
