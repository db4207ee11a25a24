"""Numbers as models write them at the end of an answer."""

import pytest

from fen.evals.extract import equal_numbers, find_number, is_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("He pays 3 + 4 = 7.\n#### 7", "7"),
        ("#### 1,450,000", "1450000"),
        ("#### $20.00", "20.00"),
        ("#### -3", "-3"),
        ("#### -$3", "-3"),
        ("#### $-3", "-3"),
        ("#### **70**", "70"),
        ("#### 7 packs and 2 sticks over", "7"),
        ("#### 5 + 3 = 8", "8"),
        ("#### none\nSo it is 4.", "4"),
        ("#### 5\nWait. #### 6", "6"),
        (r"So \boxed{12} of 20.", "12"),
        (r"\boxed{\frac{3}{4}}", "3/4"),
        (r"\boxed{\$1{,}250}", "1250"),
        ("The answer is 42, found in 3 steps.", "42"),
        ("Answer: 5 apples in 2 bags", "5"),
        ("答案是 18 元，用了 3 步。", "18"),
        ("答案：７０", "70"),
        ("一共 7万 元", "70000"),
        ("1.5亿", "150000000"),
        ("占七分之二，即 2/7。", "2/7"),
        ("占 7 分之 2", "2/7"),
        ("百分之12", "12%"),
        ("She has 2 1/2 left", "5/2"),
        ("10-2=8", "8"),
        ("it costs 5-7", "7"),
        ("x = -54 miles", "-54"),
        ("11.11%", "11.11%"),
        (".5", ".5"),
    ],
)
def test_the_number_of_an_answer_is_found(text: str, number: str) -> None:
    assert find_number(text) == number


@pytest.mark.parametrize("text", ["", "none at all", "####", r"\boxed{}"])
def test_a_text_without_a_number_has_none(text: str) -> None:
    assert find_number(text) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [("20.00", "20"), ("2/6", "1/3"), ("0.5", "1/2"), ("20%", "20"), ("0.12", "12%"), ("-0", "0")],
)
def test_equal_numbers_are_equal_both_ways(left: str, right: str) -> None:
    assert equal_numbers(left, right)
    assert equal_numbers(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [("20", "20.01"), ("-3", "3"), ("1/3", "0.333333"), ("3/0", "3"), ("x", "x"), ("0.2", "20")],
)
def test_other_numbers_are_not(left: str, right: str) -> None:
    assert not equal_numbers(left, right)
    assert not equal_numbers(right, left)


def test_a_number_without_end_is_read_too() -> None:
    long = "9" * 9000
    for text in (long, f"{long} 1/2", "1," * 9000, f"{long}/{long}", f"{long}万", f"{long} 分之 1"):
        found = find_number(text)
        assert found is not None
        assert not equal_numbers(found, "7")


def test_a_number_is_nothing_else() -> None:
    assert all(map(is_number, ("5", " -3 ", "1,000", "3/4", "12%")))
    assert not any(map(is_number, ("5 apples", "a", "", "1 2 3")))
