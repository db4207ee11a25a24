"""What the statements about batches and their lines have in common: the claim, a line's end, parameters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Select, Text, bindparam, literal_column, select

from fen.batch.job import Batch
from fen.batch.line import Outcome
from fen.batch.store.tables import BATCHES


def as_text(name: str) -> Any:
    """Return a parameter that is a text."""
    return bindparam(name, type_=Text)


def as_number(name: str) -> Any:
    """Return a parameter that is a whole number."""
    return bindparam(name, type_=BigInteger)


def find_owned() -> Select[tuple[str]]:
    """Return a query for the batch, which finds it while the claim holds; `claimed` has its parameters."""
    c = BATCHES.c
    return select(c.id).where(c.id == as_text("b_id"), c.claim == as_text("b_claim"))


def find_going() -> Select[tuple[str]]:
    """Return the same, for a batch that is in progress."""
    return find_owned().where(BATCHES.c.state == literal_column("'in_progress'"))


def claimed(batch: Batch) -> dict[str, object]:
    """Return the parameters of a claim."""
    return {"b_id": batch.id, "b_claim": batch.claim}


def write_ending() -> dict[str, Any]:
    """Return the columns of a line that ends; `ended` has their values."""
    return {
        "state": as_text("b_state"),
        "status": bindparam("b_status", type_=Integer),
        "request_id": as_text("b_request_id"),
        "answer": bindparam("b_answer", type_=LargeBinary),
    }


def ended(outcome: Outcome) -> dict[str, object]:
    """Return the parameters of a line's end."""
    return {
        "b_state": outcome.state,
        "b_status": outcome.status,
        "b_request_id": outcome.request_id,
        "b_answer": outcome.body,
    }
