"""Laws of which samples are drawn, whatever the suite and the limit."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fen.evals import Sample
from fen.evals.choose import choose_samples

STRATA = st.lists(st.sampled_from("abcd"), min_size=1, max_size=60)


def make(strata: list[str]) -> list[Sample]:
    return [Sample(id=f"q{number}", messages=(), stratum=stratum) for number, stratum in enumerate(strata)]


@given(STRATA, st.integers(0, 70), st.integers(0, 70), st.integers())
def test_fewer_are_the_first_of_more(strata: list[str], few: int, more: int, seed: int) -> None:
    samples, (few, more) = make(strata), sorted((few, more))
    assert choose_samples(samples, few, seed) == choose_samples(samples, more, seed)[:few]


@given(STRATA, st.integers())
def test_all_are_drawn_once_and_the_files_order_says_nothing(strata: list[str], seed: int) -> None:
    samples = make(strata)
    drawn = choose_samples(samples, None, seed)
    assert sorted(drawn, key=lambda sample: int(sample.id[1:])) == samples
    assert choose_samples(samples[::-1], None, seed) == drawn


@given(STRATA, st.integers(1, 60), st.integers())
def test_no_stratum_is_far_from_its_part(strata: list[str], limit: int, seed: int) -> None:
    found = Counter(sample.stratum for sample in choose_samples(make(strata), limit, seed))
    taken = min(limit, len(strata))
    for stratum, size in Counter(strata).items():
        # Each stratum's samples stand evenly over the way, so that all have come as far but for a sample.
        assert abs(found[stratum] - taken * size / len(strata)) <= len(set(strata))
