"""Which models and dimensions a radar shows."""

from fen.evals.report.axes import choose_axes
from tests.fakes.eval_reports import half, make_entry, make_report

ALL = {"gsm8k": half(6), "mmlu": half(8), "humaneval": half(4), "ruler": half(2)}


def test_a_dimension_that_one_model_lacks_is_no_axis() -> None:
    few = {name: half(5) for name in ("gsm8k", "mmlu", "humaneval")}
    axes = choose_axes(make_report(make_entry("a/one", ALL), make_entry("b/two", few)))
    assert axes.dimensions == ("calculation", "code", "knowledge")
    assert axes.dropped == ("long_text",)
    assert dict(axes.models) == {"a/one": (0.6, 0.4, 0.8), "b/two": (0.5, 0.5, 0.5)}


def test_a_model_with_too_few_is_left_out_and_takes_no_axis_away() -> None:
    axes = choose_axes(make_report(make_entry("a/one", ALL), make_entry("b/two", {"mmlu": half(9)})))
    assert (len(axes.dimensions), axes.left_out, axes.dropped) == (4, ("b/two",), ())


def test_nobody_with_three_dimensions_is_no_radar() -> None:
    axes = choose_axes(make_report(make_entry("a/one", {"mmlu": half(9)})))
    assert (axes.dimensions, axes.models, axes.left_out) == ((), (), ("a/one",))
