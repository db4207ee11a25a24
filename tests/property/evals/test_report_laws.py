"""Laws of reports: a frontier is beaten by nobody, a scale keeps order, a shortened text fits."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fen.evals.report.charts.lettering import shorten, width
from fen.evals.report.charts.scale import choose_scale
from fen.evals.report.standing import find_beaten

PLACED = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=2),
    st.tuples(st.integers(0, 4).map(float), st.integers(0, 4).map(Decimal)),
    min_size=1,
)


@given(PLACED)
def test_nobody_on_the_frontier_is_beaten_and_who_is_beaten_is_beaten_by_it(
    placed: dict[str, tuple[float, Decimal]],
) -> None:
    beaten = find_beaten(placed)
    for name, by in beaten.items():
        score, cost = placed[name]
        if by is None:
            assert not any(s >= score and c <= cost and (s, c) != (score, cost) for s, c in placed.values())
        else:
            assert placed[by][0] >= score
            assert placed[by][1] <= cost
            assert placed[by] != placed[name]
    assert None in beaten.values()


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_a_scale_holds_its_values_in_their_order(values: list[float]) -> None:
    values = [0.0 if value < 1e-9 else value for value in values]
    scale = choose_scale(values, 50, 650)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 50 <= places[0] <= places[-1] <= 650
    assert len(scale.ticks()) >= 2
    assert all(scale.low <= tick <= scale.high * (1 + 1e-9) for tick in scale.ticks())


@given(st.text(min_size=1, max_size=80), st.floats(40, 300))
def test_a_shortened_text_fits_and_keeps_its_ends(text: str, room: float) -> None:
    shown = shorten(text, room)
    assert width(shown) <= room
    if shown != text:
        assert "…" in shown
        assert text.startswith(shown.split("…")[0])
