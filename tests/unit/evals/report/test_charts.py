"""Charts: points lie where they should, letters stay inside, and no text becomes markup."""

import math
from collections.abc import Callable
from datetime import date

import pytest

from fen.evals.report.charts import (
    Bar,
    Dot,
    Group,
    Line,
    Spoke,
    Stack,
    draw_bars,
    draw_lines,
    draw_radar,
    draw_scatter,
    draw_stacks,
)
from fen.evals.report.charts.radar import locate
from fen.evals.report.charts.scatter import Axes
from tests.unit.evals.report.reading_svg import NAME, assert_inside, of_class, points, read, texts

NASTY = '<script>alert("x")</script> & ]]> \x00\u202e\ufffe'
LONG = "a-vendor-with-a-long-name/and-a-model-whose-name-does-not-end-2026-11-26-preview"
TOLD = {"title": "Scores", "description": "What they are"}
AXES = [
    "calculation",
    "reasoning",
    "code",
    "knowledge",
    "language understanding",
    "precise instruction following",
]


def test_radar_has_each_value_on_its_axis() -> None:
    values = (1.0, 0.5, 0.0, 0.25, 0.75, 0.1)
    root = read(draw_radar(AXES, [Spoke("m", values)], **TOLD))
    (area,) = of_class(root, "area", "s0")
    found = points(area)
    x0, y0 = locate(0, 0, 6)
    rim = math.dist((x0, y0), locate(1, 0, 6))
    assert found[0] == pytest.approx((x0, y0 - rim), abs=0.01)  # the first axis points up
    for axis, (value, (x, y)) in enumerate(zip(values, found, strict=True)):
        assert math.dist((x, y), (x0, y0)) == pytest.approx(value * rim, abs=0.02)
        if value:
            turn = math.atan2(x - x0, y0 - y) % (2 * math.pi)
            assert turn == pytest.approx(2 * math.pi * axis / 6, abs=0.01)


def test_radar_draws_no_area_and_no_mark_where_a_value_is_missing() -> None:
    root = read(draw_radar(AXES[:4], [Spoke("m", (0.5, None, 0.5, 0.5))], **TOLD))
    assert not of_class(root, "area")
    assert len(of_class(root, "line", "s0")) == 2 + 1  # the sides between neighbours, and the legend's
    assert len(of_class(root, "dot", "s0")) == 3 + 1


@pytest.mark.parametrize("count", [3, 4, 7, 11, 14])
@pytest.mark.parametrize("name", [LONG, "精确指令遵循与长文本写作能力", "long words here and there"])
def test_radar_keeps_its_letters_inside(count: int, name: str) -> None:
    series = [Spoke(LONG, (0.5,) * count), Spoke("模型" * 30, (0.7,) * count)]
    assert_inside(read(draw_radar([name] * count, series, **TOLD)))


def test_fewer_than_three_axes_are_no_radar() -> None:
    with pytest.raises(ValueError, match="found 2 axes"):
        draw_radar(AXES[:2], [], **TOLD)


def test_bars_are_as_long_as_their_values_and_whiskers_end_at_the_interval() -> None:
    bars = tuple(
        Bar(name=f"m{i}", value=v, low=max(0, v - 0.1), high=min(1, v + 0.1), series=i)
        for i, v in enumerate((0.0, 0.4, 0.8, 1.0))
    )
    root = read(draw_bars([Group("g", bars)], **TOLD))
    whole = float(of_class(root, "bar", "s3")[0].attrib["width"])
    left = float(of_class(root, "bar", "s3")[0].attrib["x"])
    for i, bar in enumerate(bars):
        (box,) = of_class(root, "bar", f"s{i}")
        assert float(box.attrib["width"]) == pytest.approx(bar.value * whole, abs=0.02)
        assert float(box.attrib["x"]) == left
    spans = [points(one) for one in of_class(root, "whisker")][::3]
    for bar, ((a, _), (b, _)) in zip(bars, spans, strict=True):
        assert bar.low is not None
        assert bar.high is not None
        assert (a - left, b - left) == pytest.approx((bar.low * whole, bar.high * whole), abs=0.02)


def test_published_bars_are_hollow_and_need_no_interval() -> None:
    root = read(draw_bars([Group("g", (Bar(name="m", value=0.82, published=True),))], **TOLD))
    assert len(of_class(root, "hollow")) == 1
    assert not of_class(root, "bar") + of_class(root, "whisker")


def test_stacks_fill_their_bar_in_the_order_of_kinds() -> None:
    root = read(draw_stacks(["a", "b", "c"], [Stack("m", (6, 0, 2))], **TOLD))
    first, last = [one for kind in (0, 2) for one in of_class(root, "piece", f"k{kind}")[1:]]
    assert float(first.attrib["width"]) == pytest.approx(3 * float(last.attrib["width"]), abs=0.02)
    end = float(first.attrib["x"]) + float(first.attrib["width"])
    assert float(last.attrib["x"]) == pytest.approx(end, abs=0.02)
    assert {"6", "2", "n 8"} <= set(texts(root))
    assert len(of_class(root, "k1")) == 1  # the legend's alone


def test_stack_of_nothing_is_drawn_empty() -> None:
    root = read(draw_stacks(["a", "b"], [Stack("m", (0, 0))], **TOLD))
    assert "n 0" in texts(root)


def test_frontier_joins_leaders_by_steps_and_ends_at_the_edge() -> None:
    dots = [
        Dot(name="cheap", cost=1, score=0.5, leads=True),
        Dot(name="good", cost=5, score=0.9, leads=True),
        Dot(name="beaten", cost=5, score=0.4, series=1),
    ]
    root = read(draw_scatter(dots, Axes("cost", "score"), **TOLD))
    (frontier,) = of_class(root, "frontier")
    cheap, corner, good, end = points(frontier)
    assert corner == (good[0], cheap[1])
    assert end[1] == good[1] < cheap[1]
    assert end[0] > good[0] > cheap[0]
    assert len(of_class(root, "open", "s1")) == 1
    assert {"cheap", "good", "beaten"} <= set(texts(root))


def test_names_of_dots_hide_neither_dots_nor_each_other() -> None:
    dots = [Dot(name=f"model {i}", cost=1 + i / 50, score=0.5 + i / 60, leads=i == 0) for i in range(5)]
    root = read(draw_scatter(dots, Axes("cost", "score"), **TOLD))
    places = [
        (float(one.attrib["x"]), float(one.attrib["y"]))
        for one in root.iter(f"{NAME}text")
        if (one.text or "").startswith("model")
    ]
    assert len(places) == 5
    for i, (x, y) in enumerate(places):
        assert all(abs(y - other) >= 14 or abs(x - left) >= 50 for left, other in places[:i])


@pytest.mark.parametrize("costs", [(0.0, 0.0), (0.0, 1.0), (1e-6, 3.0), (2.0, 2.0)])
def test_scatter_has_room_for_any_costs(costs: tuple[float, float]) -> None:
    dots = [Dot(name=LONG, cost=cost, score=score, low=0, high=1) for cost in costs for score in (0, 0.5, 1)]
    assert_inside(read(draw_scatter(dots, Axes("cost of 1,000 answers, USD", "score"), **TOLD)))


def test_lines_never_cross_a_break() -> None:
    old = Line("2023", ((date(2023, 6, 1), 19.3), (date(2023, 12, 1), 12.8)))
    new = Line("2024", ((date(2024, 7, 1), 4.9), (date(2024, 9, 1), -1.0)))
    root = read(draw_lines([old, new], [date(2024, 3, 1)], unit="%", **TOLD))
    (break_,) = of_class(root, "break")
    x = points(break_)[0][0]
    first, second = (points(one) for one in of_class(root, "line"))
    assert max(px for px, _ in first) < x < min(px for px, _ in second)
    assert second[0][1] < second[1][1]  # higher values are higher up
    assert {"19.3", "-1.0", "2023", "2024", "%"} <= set(texts(root))


def test_single_moments_are_marks_without_a_line() -> None:
    root = read(draw_lines([Line(LONG, ((date(2026, 2, 1), 9.9),))], [], **TOLD))
    assert not of_class(root, "line")
    assert len(of_class(root, "dot")) == 1
    assert_inside(root)


def draw_all(name: str) -> list[str]:
    told = {"title": name, "description": name}
    return [
        draw_radar([name] * 3, [Spoke(name, (0.1, 0.2, 0.3))], **told),
        draw_bars([Group(name, (Bar(name=name, value=0.5, shown=name, count=name),))], **told),
        draw_stacks([name] * 6, [Stack(name, (1,) * 6, name)], **told),
        draw_scatter([Dot(name=name, cost=1, score=0.5)], Axes(name[:20], name[:20]), **told),
        draw_lines([Line(name, ((date(2026, 1, 1), 1.0),))], [], unit=name[:20], **told),
    ]


@pytest.mark.parametrize("place", range(5))
def test_no_text_becomes_markup_or_turns_the_writing(place: int) -> None:
    svg = draw_all(NASTY)[place]
    root = read(svg)
    assert "script" not in {one.tag.removeprefix(NAME) for one in root.iter()}
    assert not set(svg) & set("\x00\u202e\ufffe")
    title = root.find(f"{NAME}title")
    assert title is not None
    assert title.text is not None
    assert title.text.startswith('<script>alert("x")</script> & ]]>')


@pytest.mark.parametrize("place", range(5))
def test_each_chart_names_itself_to_readers_of_screens(place: int) -> None:
    root = read(draw_all("scores")[place])
    assert root.attrib["role"] == "img"
    ids = [one.attrib["id"] for tag in ("title", "desc") for one in root.findall(f"{NAME}{tag}")]
    assert root.attrib["aria-labelledby"].split() == ids


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_bars([], **TOLD),
        lambda: draw_stacks([], [], **TOLD),
        lambda: draw_scatter([], Axes("c", "s"), **TOLD),
        lambda: draw_lines([], [], **TOLD),
    ],
)
def test_a_chart_of_nothing_is_a_picture_all_the_same(draw: Callable[[], str]) -> None:
    assert_inside(read(draw()))
