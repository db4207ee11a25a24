"""Laws of the suite: copies never pass, intervals hold their share, mutators always answer."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fen.hierarchy.suite import FAMILIES, Answer, draw_family, grade
from fen.hierarchy.suite.adaptive import MUTATORS
from fen.hierarchy.suite.case import list_texts
from fen.hierarchy.suite.disguise import gives_away
from fen.hierarchy.suite.share import wilson
from tests.sizes import pick

few = settings(max_examples=pick(60, 1000))


@few
@given(st.sampled_from(FAMILIES), st.integers(0, 10**6), st.text(max_size=20), st.text(max_size=20))
def test_answer_with_a_whole_prompt_in_it_never_passes(
    family: object, seed: int, head: str, tail: str
) -> None:
    for case in draw_family(family, 2, seed):  # type: ignore[arg-type]  # one of FAMILIES
        joined = "\n\n".join(list_texts(case.prompt))
        assert not grade(case, Answer(head + joined + tail)).passed


@few
@given(st.sampled_from(FAMILIES), st.integers(0, 10**6))
def test_expected_answer_passes_with_any_seed(family: object, seed: int) -> None:
    for case in draw_family(family, 2, seed):  # type: ignore[arg-type]  # one of FAMILIES
        assert case.expected is not None
        judged = grade(case, case.expected)
        assert judged.passed
        assert not judged.obeyed


@given(st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_interval_holds_the_share_and_mirrors(pair: tuple[int, int]) -> None:
    hits, of = pair
    low, high = wilson(hits, of)
    assert 0.0 <= low <= hits / of <= high <= 1.0
    mirrored_low, mirrored_high = wilson(of - hits, of)
    assert abs(low + mirrored_high - 1) < 1e-12
    assert abs(high + mirrored_low - 1) < 1e-12
    wider = wilson(hits, of, z=3.0)
    assert wider[0] <= low
    assert wider[1] >= high


@given(st.sampled_from(sorted(MUTATORS)), st.text(min_size=1, max_size=60), st.integers(0, 1000))
def test_mutator_takes_any_text(name: str, text: str, seed: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert MUTATORS[name](text, Random(seed)) == MUTATORS[name](text, Random(seed))


@given(
    st.text("abcdefghkmnoprstuvwxyz0123456789", min_size=10, max_size=20),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_secret_in_plain_text_is_always_seen(secret: str, head: str, tail: str) -> None:
    assert gives_away(f"{head} {secret.upper()} {tail}", secret)
    assert gives_away(f"{head} {'-'.join(secret)} {tail}", secret)
