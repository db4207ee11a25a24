"""Scales and letters: round ticks, and texts that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.evals.report.charts.lettering import shorten, width, wrap
from fen.evals.report.charts.scale import around, choose_scale
from fen.evals.report.charts.svg import number


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_a_scale_holds_its_values_in_their_order(values: list[float]) -> None:
    values = [0.0 if value < 1e-9 else value for value in values]
    scale = choose_scale(values, 50, 650)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 50 <= places[0] <= places[-1] <= 650
    assert len(scale.ticks()) >= 2
    assert all(scale.low <= tick <= scale.high * (1 + 1e-9) for tick in scale.ticks())


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


@given(st.text(min_size=1, max_size=80), st.floats(40, 300))
def test_a_shortened_text_fits_and_keeps_its_ends(text: str, room: float) -> None:
    shown = shorten(text, room)
    assert width(shown) <= room
    if shown != text:
        assert "…" in shown
        assert text.startswith(shown.split("…")[0])


def test_words_are_wrapped_whole_and_chinese_anywhere() -> None:
    assert wrap("precise instruction following", 90) == ["precise", "instruction", "following"]
    assert "".join(wrap("精确指令遵循", 40)) == "精确指令遵循"
    assert all(width(line) <= 40 for line in wrap("精确指令遵循", 40))
    assert wrap("", 40) == [""]
