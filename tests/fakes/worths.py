"""Records of runs that nobody made: the few members that a test is about, the rest as it comes."""

from decimal import Decimal
from typing import Any

import msgspec

from fen.evals.record import Record
from fen.evals.score import Outcome, Score
from fen.wire.money import Money


def make_record(sample: str, right: bool | float | Outcome = True, **members: Any) -> Record:
    """One record; `right` is an outcome, or what the answer is worth; `cost` may be a text, in USD."""
    if isinstance(right, str):
        score = Score(right, 1.0 if right == "correct" else 0.0)
    else:
        score = Score("correct" if right == 1 else "wrong", float(right))
    if isinstance(members.get("cost"), str):
        members["cost"] = Money(Decimal(members["cost"]), "USD")
    record = Record(
        run="run_1",
        suite="gsm8k",
        version="1",
        scorer="number/1",
        sample=sample,
        score=score,
        dimension="calculation",
    )
    return msgspec.structs.replace(record, **members)


def make_records(worths: str, **members: Any) -> list[Record]:
    """One record a letter: `1` right, `0` wrong, `t` truncated, `r` refused, `f` no format, `e` no answer."""
    outcomes: dict[str, Outcome] = {
        "1": "correct",
        "0": "wrong",
        "t": "truncated",
        "r": "refused",
        "f": "format_error",
        "e": "api_error",
    }
    return [make_record(f"s{number:05}", outcomes[letter], **members) for number, letter in enumerate(worths)]
