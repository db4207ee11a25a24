r"""Answers of mathematics: found in their box, compared by what they mean."""

import json

import pytest

from fen.evals.extract import equal_formulas, find_boxed, find_formula
from tests.shared_data import SHARED, need

SAME = [
    (r"\frac{\sqrt{3}}{2}", r"\sqrt{3}/2"),
    (r"\dfrac12", "0.5"),
    (r"\frac12", r"\frac{1}{2}"),
    (r"-\frac{1}{3}", r"\frac{-1}{3}"),
    ("x=5", "5"),
    ("x \\in [-2,7]", "[-2,7]"),
    ("y = 2x+1", "2x+1"),
    (r"5\text{ cm}", "5"),
    (r"10\text{ cm}^2", "10"),
    (r"90^\circ", "90"),
    (r"1{,}000", "1,000"),
    (r"\$5.50", "5.50"),
    (r"50\%", "50"),
    (".5", "0.5"),
    (r"\text{Evelyn}", "Evelyn"),
    (r"\text{(C)}", "(C)"),
    (r"\left( 3, \frac{\pi}{2} \right)", r"(3,\pi/2)"),
    ("1,2", "2, 1"),
    (r"\{1,2\}", r"\{2,1\}"),
    (r"1\pm\sqrt2", r"1-\sqrt{2}, 1+\sqrt{2}"),
    (r"(-\infty,3)\cup(4,5]", r"(4,5] \cup (-\infty, 3)"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"),
    (r"\sqrt{50}", r"5\sqrt{2}"),
    (r"\sqrt[3]{8}", "2"),
    ("2^{10}", "1024"),
    ("10!", "3628800"),
    (r"\sin^2 1 + \cos^2 1", "1"),
    ("|-3|", "3"),
    ("x^2+2x", "2x+x^2"),
    ("(x-1)(x+1)", "(x+1)(x-1)"),
    ("4210_5", "4210"),
]

DIFFERENT = [
    ("1", "2"),
    ("12", "1,2"),
    ("1,2", "1,2,3"),
    ("(1,2)", "(2,1)"),
    ("(1,2)", "[1,2]"),
    ("(1,2)", "1,2"),
    (r"\frac{1}{2}", r"\frac{2}{1}"),
    ("3.14", r"\pi"),
    ("x^2-1", "(x-1)(x+1)"),  # who is asked to factor may not give the question back
    ("a+b", "a-b"),
    ("4210_5", "4210_6"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    ("", ""),
    ("1/0", "2/0"),
    ("(" * 200, ")" * 200),
    ("2^{9^{9^{9}}}", "1"),
    (r"\{" * 3000, r"\{" * 3001),
    (r"\boxed{" * 100, "1"),
    ("9" * 9000, "9" * 9001),
    (" " * 20_000 + "1", "2"),
    ("^" * 20_000, "1"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_answers_that_mean_the_same_are_equal_both_ways(left: str, right: str) -> None:
    assert equal_formulas(left, right)
    assert equal_formulas(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_answers_that_differ_are_not(left: str, right: str) -> None:
    assert not equal_formulas(left, right)
    assert not equal_formulas(right, left)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (r"so \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed{1} and then \boxed{2}", "2"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\fbox{3}", "3"),
        (r"\boxed 7", "7"),
        (r"\boxed{1} \boxed{never closed", "1"),
        ("The answer is $x+1$", "$x+1$"),
        ("no answer", None),
    ],
)
def test_the_formula_of_an_answer_is_found(text: str, formula: str | None) -> None:
    assert find_formula(text) == formula


@need("evals/math500")
def test_every_published_solution_ends_in_its_answer() -> None:
    lines = (SHARED / "evals/math500/test.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    boxes = [find_boxed(row["solution"]) for row in rows]
    wrong = [
        (box, row["answer"])
        for box, row in zip(boxes, rows, strict=True)
        if box is None or not equal_formulas(box, row["answer"])
    ]
    assert len(rows) == 500
    assert wrong == []
