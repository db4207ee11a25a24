"""Scales and letters: round ticks, and texts that fit."""

import pytest

from fen.evals.report.charts.lettering import width, wrap
from fen.evals.report.charts.scale import around, choose_scale
from fen.evals.report.charts.svg import number


def test_costs_that_differ_by_much_are_set_by_their_logarithm() -> None:
    scale = choose_scale([0.001, 1.0], 0, 100)
    assert scale.kind == "log"
    assert scale.ticks() == pytest.approx([0.001, 0.01, 0.1, 1.0])
    assert choose_scale([0.0, 1.0], 0, 100).kind == "linear"  # nothing has no logarithm


def test_a_scale_around_zero_has_zero_among_its_ticks() -> None:
    assert 0 in [round(tick, 9) for tick in around([-3.0, 12.5], 0, 100).ticks()]


@pytest.mark.parametrize(
    ("value", "shown"), [(0.1 + 0.2, "0.3"), (-0.001, "0"), (100.0, "100"), (12.346, "12.35"), (120, "120")]
)
def test_coordinates_are_short(value: float, shown: str) -> None:
    assert number(value) == shown


def test_words_are_wrapped_whole_and_chinese_anywhere() -> None:
    assert wrap("precise instruction following", 90) == ["precise", "instruction", "following"]
    assert "".join(wrap("精确指令遵循", 40)) == "精确指令遵循"
    assert all(width(line) <= 40 for line in wrap("精确指令遵循", 40))
    assert wrap("", 40) == [""]
