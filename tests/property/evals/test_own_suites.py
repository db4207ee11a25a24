"""Laws of Fen's own suites: lengths, loops, stated numbers and months, quantiles, haystacks."""

import calendar
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fen.evals.lengths.count import count_length
from fen.evals.lengths.repetition import find_repetition
from fen.evals.lengths.score import score_length
from fen.evals.ruler.text import CHARACTERS_PER_TOKEN, Language, bury
from fen.evals.self_knowledge.dates import months_apart, read_month
from fen.evals.self_knowledge.numbers import read_chinese, read_count
from fen.evals.speed.measure import find_quantile

LENGTHS = st.integers(1, 50_000)
DIGITS = "零一二三四五六七八九"


@given(LENGTHS, LENGTHS, LENGTHS)
def test_s_l_falls_with_the_distance_on_either_side(asked: int, one: int, other: int) -> None:
    near, far = sorted((one, other), key=lambda length: abs(length - asked))
    if (near - asked) * (far - asked) >= 0:
        assert 0 <= score_length(asked, far) <= score_length(asked, near) <= 100
    assert score_length(asked, asked) == 100


@given(st.text(alphabet="ab 中文。-'", max_size=200), st.text(alphabet="ab 中文。-'", max_size=200))
def test_lengths_of_lines_add_up(one: str, other: str) -> None:
    assert count_length(f"{one}\n{other}") == count_length(one) + count_length(other)


@given(st.lists(st.sampled_from("abcdef"), min_size=24, max_size=80))
def test_a_text_said_twice_is_half_repeated_at_least(letters: list[str]) -> None:
    words = [f"{letter}{chr(97 + place % 26)}{chr(97 + place // 26)}" for place, letter in enumerate(letters)]
    once, twice = find_repetition(" ".join(words)), find_repetition(" ".join(words * 2))
    assert once.share == 0
    assert twice.share >= 0.5


@given(st.integers(2050, 10**9))
def test_numbers_of_tokens_are_read_back(number: int) -> None:
    assert read_count(f"It is {number} tokens.") == number
    assert read_count(f"大约{number:,}个token。") == number
    assert read_count(f"about {number:,}") == number


def say_chinese(number: int) -> str:
    """Write a number below a hundred million in characters."""
    if number >= 10**4:
        high, low = divmod(number, 10**4)
        rest = "" if not low else ("零" if low < 1000 else "") + say_chinese(low)
        return f"{say_chinese(high)}万{rest}"
    said, gap = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            said += ("零" if gap and said else "") + DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return said


@given(st.integers(11, 10**8 - 1))
def test_chinese_numbers_are_read_back(number: int) -> None:
    assert read_chinese(say_chinese(number)) == number


@given(st.integers(1990, 2039), st.integers(1, 12))
def test_months_are_read_back(year: int, month: int) -> None:
    name = calendar.month_name[month]
    said = (f"{year}年{month}月", f"{year}-{month:02}", f"{month:02}/{year}", f"{name} {year}")
    for text in said:
        assert read_month(f"My cutoff is {text}.") == (year, month)
    assert months_apart((year, month), (year, month)) == 0


@given(st.lists(st.tuples(st.floats(0, 1e3), st.floats(0.1, 10)), min_size=1, max_size=30), st.floats(0, 1))
def test_a_quantile_is_one_of_the_values_and_grows_with_its_share(
    values: list[tuple[float, float]], share: float
) -> None:
    found = find_quantile(values, share)
    assert found in {value for value, _ in values}
    assert found <= find_quantile(values, 1) == max(value for value, _ in values)


@given(st.sampled_from(("en", "zh")), st.integers(50, 2000), st.floats(0, 1), st.integers())
def test_a_needle_is_in_the_text_once_and_the_text_is_long_enough(
    language: Language, tokens: int, depth: float, seed: int
) -> None:
    text = bury(Random(seed), language, tokens, [(depth, "The number is 7654321.")])
    assert text.count("7654321") == 1
    assert len(text) >= 0.99 * tokens * CHARACTERS_PER_TOKEN[language]
