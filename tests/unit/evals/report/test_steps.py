"""The chart of prices through time: steps lie where they should, and no text becomes markup."""

from datetime import date

import pytest

from fen.evals.report.charts import Stair, draw_steps
from fen.evals.report.style import write_picture
from tests.unit.evals.report.reading_svg import assert_inside, of_class, points, read, texts

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
TOLD = {"title": "Prices", "description": "What they are", "unit": "CNY / 1M input tokens"}
FALL = Stair("qwen-long", "dashscope", ((FIRST, 20.0), (date(2024, 5, 21), 0.5)))


def test_a_price_holds_until_the_next_one() -> None:
    root = read(draw_steps([FALL], FIRST, LAST, **TOLD))
    (line,) = of_class(root, "line", "s0")
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points(line)
    assert (y0, y2) == (y1, y3)
    assert y2 > y0  # cheaper is lower
    assert x0 < x1 == x2 < x3
    assert (x1 - x0) / (x3 - x0) == pytest.approx((date(2024, 5, 21) - FIRST).days / 366, abs=0.005)
    assert len(of_class(root, "dot", "s0")) == 1 + 1  # the fall, and the legend's


def test_a_price_that_stays_has_no_further_mark() -> None:
    stays = Stair("m", "v", ((FIRST, 5.0), (date(2024, 3, 1), 5.0)))
    root = read(draw_steps([stays], FIRST, LAST, **TOLD))
    assert len(points(of_class(root, "line", "s0")[0])) == 2


def test_a_model_that_ends_ends() -> None:
    ends = Stair("m", "v", ((FIRST, 5.0),), date(2024, 7, 1))
    lines = [
        points(of_class(read(draw_steps([one], FIRST, LAST, **TOLD)), "line", "s0")[0])
        for one in (ends, FALL)
    ]
    assert lines[0][-1][0] < lines[1][-1][0]


def test_what_costs_nothing_lies_on_the_edge() -> None:
    free = Stair("free", "v", ((date(2024, 5, 21), 0.0),))
    root = read(draw_steps([FALL, free], FIRST, LAST, **TOLD))
    (line,) = of_class(root, "line", "s1")
    (axis,) = of_class(root, "axis")[-1:]
    assert points(line)[0][1] == points(axis)[0][1]
    assert "free" in texts(root)


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2022, 6, 1), date(2025, 1, 1), ["2023", "2024", "2025"]),
        (date(2024, 1, 1), date(2025, 3, 31), ["2024", "Apr", "Jul", "Oct", "2025"]),
        (date(2024, 5, 1), date(2024, 7, 31), ["May", "Jun", "Jul"]),
    ],
)
def test_the_axis_has_years_quarters_or_months(first: date, last: date, shown: list[str]) -> None:
    found = texts(read(draw_steps([FALL], first, last, **TOLD)))
    assert [text for text in found if text in {*shown, "Jan", "Feb", "Mar", "Aug"}] == shown


def test_many_names_stay_inside_and_none_becomes_markup() -> None:
    stairs = [
        Stair(f"<b>&model-{number}-of-a-long-name</b>", f"vendor-{number}", ((FIRST, 1.0 + number),))
        for number in range(40)
    ]
    root = read(draw_steps(stairs, FIRST, LAST, **TOLD))
    assert_inside(root)
    assert not list(root.iter("b"))


def test_a_picture_of_its_own_has_its_colours_with_it() -> None:
    root = read(write_picture(draw_steps([FALL], FIRST, LAST, **TOLD)))
    (style,) = root.iter("{http://www.w3.org/2000/svg}style")
    assert style.text is not None
    assert "--s0:" in style.text
    assert "svg .line{" in style.text
    assert "body" not in style.text
    assert style.text.count("{") == style.text.count("}")
