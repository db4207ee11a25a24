"""Records and reports of a few lines, for the tests of reports."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from fen.evals.record import Record, Run
from fen.evals.report import Beside, Entry, Report, build_report
from fen.evals.score import Outcome, Score
from fen.evals.suite import Suite
from fen.wire.money import Money

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DIMENSIONS = {"gsm8k": "calculation", "mmlu": "knowledge", "humaneval": "code", "ruler": "long_text"}


def make_run(model: str = "a/one", number: int = 1, **changes: object) -> Run:
    told: dict[str, object] = {
        "id": f"run_{number:08x}",
        "model": model,
        "suites": tuple(DIMENSIONS),
        "started": NOON.replace(minute=number),
        "ended": NOON.replace(hour=13),
        "decoding": dict.fromkeys(DIMENSIONS, "temperature 0"),
    }
    return Run(**(told | changes))  # pyright: ignore[reportArgumentType]


def make_records(
    run: Run, suite: str, outcomes: Sequence[Outcome], *, cost: str | None = "0.01", **changes: object
) -> tuple[Record, ...]:
    return tuple(
        Record(
            **{
                "run": run.id,
                "suite": suite,
                "version": "1",
                "scorer": "exact/1",
                "sample": f"s{number}",
                "score": Score(outcome, 1.0 if outcome == "correct" else 0.0),
                "dimension": DIMENSIONS.get(suite, "reasoning"),
                "cost": None if cost is None else Money(Decimal(cost), "USD"),
                "output_tokens": 10 * (number + 1),
                "seconds": 0.5,
            }
            | changes  # pyright: ignore[reportArgumentType]
        )
        for number, outcome in enumerate(outcomes)
    )


def half(share: int, of: int = 10) -> list[Outcome]:
    """So many right answers, and the others wrong."""
    right: list[Outcome] = ["correct"]
    wrong: list[Outcome] = ["wrong"]
    return right * share + wrong * (of - share)


def make_entry(
    model: str, suites: Mapping[str, Sequence[Outcome]], number: int = 1, cost: str | None = "0.01"
) -> Entry:
    run = make_run(model, number)
    records = (
        record for suite, ends in suites.items() for record in make_records(run, suite, ends, cost=cost)
    )
    return Entry(model, (run,), tuple(records))


def make_report(
    *entries: Entry, suites: Mapping[str, Suite] | None = None, beside: Beside | None = None
) -> Report:
    return build_report(entries, suites or {}, NOON, beside)
