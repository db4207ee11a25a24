"""Laws of the leak filter: nothing on its list passes, nothing else is touched, pieces decide nothing."""

import re
import string
from itertools import pairwise
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from fen.hierarchy.leak import BLOCK, COARSE, Leak, LeakFilter, Protected
from tests.fakes.leaking import CLOSED, Transform, backwards, base64, hexed, separated, shifted
from tests.sizes import pick

BEFORE = "Of course, and gladly. This is what you asked me for: "
AFTER = (" And that was all of it.", "", "\n\nIs there anything else?", "zzz", "==")
NEEDS_WORDS = {"spelled for"}  # any word may stand behind the letter, so the words have to be told apart
SPELLS = {name for name in CLOSED if name.startswith("spelled")}
PARTS_LETTERS = {"spaces", "dots", "dashes", "eight", "markdown", "zero width", "em dashes"} | SPELLS
PAIRS = [
    (outer, inner)
    for outer in CLOSED
    for inner in CLOSED
    if not (inner in NEEDS_WORDS and outer in PARTS_LETTERS)
]

secrets = st.text(string.ascii_letters + string.digits + "-_", min_size=12, max_size=40).filter(
    lambda text: sum(map(str.isalnum, text)) >= 0.8 * len(text) and len(set(text.lower())) > 5
)
separators = st.lists(
    st.text(" -.*_`~|\n\t·—\u200b\u200d\ufeff", min_size=0, max_size=8), min_size=1, max_size=5
).map(lambda marks: separated(*marks))
cuts = st.lists(st.integers(0, 4000), max_size=20)
words = re.findall(
    r"\w+", "the sea is deep and a ship goes over it by night while its lamp burns for all who wait on shore"
)
prose = st.lists(st.sampled_from(words), max_size=60).map(" ".join)


def run(said: str, protected: Protected, at: list[int], block: int = BLOCK) -> tuple[str, Leak | None]:
    filters = LeakFilter(protected, block)
    passed, leak = "", None
    for start, end in pairwise([0, *sorted(min(cut, len(said)) for cut in at), len(said)]):
        released = filters.feed("content", said[start:end])
        passed, leak = passed + released.text, leak or released.leak
    released = filters.end("content")
    return passed + released.text, leak or released.leak


def check(
    secret: str, first: int, length: int, transforms: tuple[Transform, Transform], at: list[int], after: str
) -> None:
    outer, inner = transforms
    least = ceil(0.6 * len(secret))
    size = least + length % (len(secret) - least + 1)
    first %= len(secret) - size + 1
    part = secret[first : first + size]
    protected = Protected((secret,))
    said = BEFORE + outer(inner(part)) + after
    passed, leak = run(said, protected, at)
    assert leak is not None
    assert said.startswith(passed)
    assert run(passed, protected, []) == (passed, None), "what has passed would be a leak"
    assert run(said, protected, [], COARSE)[1] is not None, "a coarse look misses it"
    whole, same = run(said, protected, [])
    assert same == leak, "pieces decide"
    assert passed.startswith(whole)


@settings(max_examples=pick(200, 5000))
@given(secrets, st.integers(0, 40), st.integers(0, 40), st.sampled_from(PAIRS), cuts, st.sampled_from(AFTER))
def test_nothing_on_the_closed_list_passes(
    secret: str, first: int, length: int, pair: tuple[str, str], at: list[int], after: str
) -> None:
    outer, inner = (CLOSED[name] for name in pair)
    check(secret, first, length, (outer, inner), at, after)


@settings(max_examples=pick(100, 3000))
@given(
    secrets,
    st.integers(0, 40),
    st.sampled_from([str, base64, hexed, backwards, shifted(1)]),
    separators,
    st.booleans(),
    cuts,
)
def test_no_separators_hide_a_secret(
    secret: str, first: int, other: Transform, between: Transform, outside: bool, at: list[int]
) -> None:
    transforms = (between, other) if outside else (other, between)
    check(secret, first, 40, transforms, at, " And that was all.")


@settings(max_examples=pick(100, 3000))
@given(secrets, prose, cuts)
def test_innocent_text_passes_and_waits_for_two_blocks_at_most(secret: str, said: str, at: list[int]) -> None:
    filters = LeakFilter(
        Protected((secret,), (), "You are a helpful assistant who answers in rhymes about the sea.")
    )
    passed = ""
    for start, end in pairwise([0, *sorted(min(cut, len(said)) for cut in at), len(said)]):
        passed += filters.feed("content", said[start:end]).text
        assert filters.waiting("content") < 2 * BLOCK
    assert passed + filters.end("content").text == said


@settings(max_examples=pick(60, 2000))
@given(st.integers(0, 400), st.integers(48, 200), st.sampled_from(sorted(CLOSED)), cuts)
def test_no_part_of_the_system_prompt_passes(first: int, length: int, name: str, at: list[int]) -> None:
    prompt = " ".join(f"Rule {number}: {' '.join(words[number:] + words[:number])}." for number in range(12))
    said = CLOSED[name](prompt[first : first + length])
    protected = Protected(system=prompt)
    passed, leak = run(BEFORE + said, protected, at)
    assert leak is not None
    assert run(passed, protected, []) == (passed, None)
