from collections import Counter

from fen.evals import Sample
from fen.evals.choose import choose_samples


def make(count: int, strata: int = 1) -> list[Sample]:
    # Stratum 0 is half of all, 1 a quarter, and so on.
    places = [
        next((s for s in range(strata - 1) if number % 2 ** (s + 1)), strata - 1) for number in range(count)
    ]
    return [Sample(id=f"q{n}", messages=(), stratum=f"s{places[n]}") for n in range(count)]


def ids(samples: list[Sample]) -> list[str]:
    return [sample.id for sample in samples]


def test_a_smaller_limit_is_the_beginning_of_a_larger_one() -> None:
    for strata in (1, 4):
        samples = make(200, strata)
        everything = ids(choose_samples(samples, None, 7))
        assert sorted(everything) == sorted(ids(samples))
        for limit in (1, 10, 50, 100, 199, 200, 500):
            assert ids(choose_samples(samples, limit, 7)) == everything[:limit]


def test_the_seed_decides_and_the_order_of_the_file_does_not() -> None:
    samples = make(100, 3)
    assert ids(choose_samples(samples, 20, 1)) == ids(choose_samples(samples[::-1], 20, 1))
    assert ids(choose_samples(samples, 20, 1)) != ids(choose_samples(samples, 20, 2))


def test_strata_take_part_by_their_size_at_every_limit() -> None:
    samples = make(256, 4)
    sizes = Counter(sample.stratum for sample in samples)
    for limit in (8, 16, 40, 100):
        found = Counter(sample.stratum for sample in choose_samples(samples, limit, 0))
        for stratum, size in sizes.items():
            assert abs(found[stratum] - limit * size / len(samples)) <= 1


def test_another_sample_does_not_change_the_others_order() -> None:
    with_it, without = make(60), make(60)[1:]
    drawn = [name for name in ids(choose_samples(with_it, None, 3)) if name != "q0"]
    assert drawn == ids(choose_samples(without, None, 3))
