"""Options in words, and lines that follow "answer is"."""

import pytest

from fen.evals.extract import find_line, find_option, normalise_words


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Yes", "Yes"),
        ("**No.**", "No"),
        ("yes, since both hold", "Yes"),
        ("It is true.\nAnswer: No", "No"),
        ("At first yes seems right, but no.", "No"),
        ("The answer is Yes, not no", "Yes"),
    ],
)
def test_the_option_of_an_answer_is_found(text: str, option: str) -> None:
    assert find_option(text, ("Yes", "No")) == option


def test_a_part_of_a_word_is_no_option() -> None:
    assert find_option("Nobody knows", ("Yes", "No")) is None
    assert find_option("This is invalid.", ("valid", "invalid")) == "invalid"
    assert find_option("", ("Yes", "No")) is None


def test_chinese_options_are_found() -> None:
    assert find_option("批评", ("表扬", "批评")) == "批评"
    assert find_option("答案是“批评”。", ("表扬", "批评")) == "批评"


def test_the_line_of_an_answer_is_the_last_one() -> None:
    assert find_line("Answer: a\nAnswer: b c ]") == "b c ]"
    assert find_line("答案：[ ( ) ]") == "[ ( ) ]"
    assert find_line("nothing") is None


def test_words_lose_case_and_punctuation_at_their_ends() -> None:
    assert normalise_words('  "Hello,  World!" ') == "hello world"
