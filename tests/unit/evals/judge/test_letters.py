import pytest

from fen.evals.judge import CutOff, grade_letters, read_cutoffs
from fen.wire.errors import ConfigError


@pytest.mark.parametrize(
    ("low", "high", "letters"),
    [
        (0.90, 0.95, "A"),
        (0.85, 0.85, "A"),
        (0.80, 0.90, "A/B"),
        (0.60, 0.90, "A/C"),
        (0.70, 0.8499, "B"),
        (0.0, 0.1, "D"),
        (-0.1, 0.05, "D"),
        (0.0, 1.0, "A/D"),
    ],
)
def test_an_interval_that_straddles_a_cut_off_has_two_letters(low: float, high: float, letters: str) -> None:
    assert grade_letters(low, high) == letters


def test_cut_offs_are_data() -> None:
    cutoffs = read_cutoffs("S=0.9, A=0.8 ,B=0")
    assert cutoffs == (CutOff("S", 0.9), CutOff("A", 0.8), CutOff("B", 0.0))
    assert grade_letters(0.79, 0.91, cutoffs) == "S/B"


@pytest.mark.parametrize(
    "text", ["", "A", "A=x,B=0", "A=0.5,B=0.6,C=0", "A=0.9,B=0.5", "A=2,B=0", "A=1,A=0", "=1,B=0"]
)
def test_cut_offs_that_do_not_fall_to_nothing_are_told(text: str) -> None:
    with pytest.raises(ConfigError, match="expected grades from the best down"):
        read_cutoffs(text)


def test_an_interval_does_not_fall() -> None:
    with pytest.raises(ValueError, match="does not fall"):
        grade_letters(0.9, 0.1)
