"""Letters as models pick them."""

import pytest

from fen.evals.extract import find_letter


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        ("(b) this one", "B"),
        ("A.", "A"),
        ("A. polymerase", "A"),
        ("D: because", "D"),
        (" **Answer: B**", "B"),
        ("**Option (B)**", "B"),
        ("The answer is (c).", "C"),
        ("The correct answer is: **D. Southern blotting**", "D"),
        ("Both A and B are wrong, so the answer is C.", "C"),
        ("The answer is A? No: the answer is B.", "B"),
        ("I think it is C", "C"),
        ("A good choice is B.", "B"),
        (r"\boxed{\text{C}}", "C"),
        ("$\\boxed{A}$", "A"),
        ("正确答案：**Ｃ**", "C"),
        ("故选：D。", "D"),
        ("A和B都不对，选C", "C"),
        ("选项B是错的，答案为A", "A"),
        ("答案应该是选项 B", "B"),
    ],
)
def test_the_letter_of_an_answer_is_found(text: str, letter: str) -> None:
    assert find_letter(text) == letter


@pytest.mark.parametrize(
    "text", ["", "Either A or B", "cab", "E", "The answer is a matter of taste", "A long time ago"]
)
def test_an_answer_that_picks_none_or_several_has_none(text: str) -> None:
    assert find_letter(text) is None


@pytest.mark.parametrize("run", [" ", "*", "* ", "选", "\n", "answer is "])
def test_a_run_without_end_is_read_in_no_time(run: str) -> None:
    assert find_letter(f"The answer is {run * 20_000}!") is None
    assert find_letter(f"The answer is {run * 20_000} (B)") == "B"


def test_only_the_options_that_there_are_count() -> None:
    assert find_letter("(F)", "ABCDEFG") == "F"
    assert find_letter("(F)") is None
    assert find_letter("I think that H is right", "ABCDEFGHI") == "H"
