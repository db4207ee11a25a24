"""Laws of reading answers: what was written is found, however it was written, and sameness goes both ways."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fen.evals.extract import equal_formulas, equal_numbers, find_letter, find_number
from fen.evals.extract.latex import normalise_formula
from fen.evals.rows import interleave

MARKS = ["#### {}", r"\boxed{{{}}}", "#### ${}.00", "The answer is {}.", "答案是{}元"]
WHOLE = st.integers(-(10**9), 10**9)
WORDS = st.text("abcdefghij ,.\n", max_size=30)
FORMULAS = st.text(r"\frac{}sqrtpi^_+-*/()[],0123456789xy =.$", max_size=30)


@given(
    WHOLE,
    WORDS,
    st.sampled_from(["#### {}", r"\boxed{{{}}}", "#### ${}.00", "The answer is {}.", "答案是{}元"]),
)
def test_a_number_is_found_behind_each_mark(number: int, words: str, mark: str) -> None:
    for written in (str(number), f"{number:,}"):
        found = find_number(f"{words} 12\n{mark.format(written)}\n")
        assert found is not None
        assert equal_numbers(found, str(number))


@given(st.integers(-999, 999), st.integers(1, 99))
def test_a_fraction_is_found_and_equals_its_lowest_terms(over: int, below: int) -> None:
    found = find_number(f"#### {over}/{below}")
    assert found is not None
    assert equal_numbers(found, str(Fraction(over, below)))


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    number = find_number(text)
    assert number is None or any(character.isdigit() for character in number)
    assert find_letter(text) in {None, *"ABCD"}


@given(FORMULAS)
def test_a_formula_equals_itself_unless_nothing_is_left_of_it(text: str) -> None:
    assert equal_formulas(text, text) == (normalise_formula(text) != "")


@given(FORMULAS, FORMULAS)
def test_sameness_goes_both_ways(left: str, right: str) -> None:
    assert equal_formulas(left, right) == equal_formulas(right, left)


@given(st.lists(st.lists(st.integers(), max_size=5), max_size=5))
def test_strata_in_turn_lose_and_change_nothing(strata: list[list[int]]) -> None:
    tagged = [[(number, item) for item in stratum] for number, stratum in enumerate(strata)]
    mixed = list(interleave(tagged))
    assert [[pair for pair in mixed if pair[0] == number] for number in range(len(strata))] == tagged
