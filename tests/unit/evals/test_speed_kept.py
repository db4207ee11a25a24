"""Measurements of speed read again from kept answers."""

from datetime import UTC, datetime, timedelta

from fen.evals.response import Response, Timing
from fen.evals.speed.kept import find_paces
from fen.evals.store import KeptResponse

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def make_kept(run: str, model: str, first: float, gap: float, minute: int = 0) -> KeptResponse:
    """An answer of five tokens in five pieces."""
    pieces = tuple(first + gap * number for number in range(5))
    response = Response(
        text="a b c d e",
        finish_reason="stop",
        output_tokens=5,
        seconds=pieces[-1],
        timing=Timing(first, first, pieces[-1], pieces),
    )
    at = NOON + timedelta(minutes=minute)
    return KeptResponse(f"{run}{first}", run, at, b'{"model":"%s"}' % model.encode(), response)


def test_loads_are_told_apart_and_the_call_before_them_is_not_counted() -> None:
    kept = [
        make_kept("speed_1/", "a/one", 9.0, 9.0),
        *(make_kept("speed_1/closed-1", "a/one", 0.1 * n, 0.1) for n in (1, 2, 3)),
        make_kept("speed_1/closed-8", "a/one", 0.5, 0.2),
        make_kept("speed_1/open-0.5", "a/one", 0.7, 0.2),
    ]
    paces = find_paces(kept)
    assert [(one.loop, one.load, one.calls) for one in paces] == [
        ("closed", 1, 3),
        ("closed", 8, 1),
        ("open", 0.5, 1),
    ]
    assert paces[0].first.value == 0.2
    assert paces[0].speed is not None
    assert round(paces[0].speed.value, 6) == 10.0


def test_the_latest_measurement_of_each_model_counts() -> None:
    kept = [
        make_kept("speed_2/closed-1", "a/one", 0.4, 0.1, minute=5),
        make_kept("speed_1/closed-1", "a/one", 0.1, 0.1),
        make_kept("speed_3", "b/two", 0.3, 0.1),
    ]
    assert [(one.model, one.loop, one.first.value) for one in find_paces(kept)] == [
        ("a/one", "closed", 0.4),
        ("b/two", "", 0.3),
    ]
