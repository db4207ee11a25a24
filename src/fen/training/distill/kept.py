"""What a teacher has answered and what was found right of it, as examples; one part is kept for the test.

The answers are those that evaluations keep. A sample whose cluster is in the test is in the test, so that no
passage or template is on both sides.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from fen.evals.record import Record, Run
from fen.evals.response import Response
from fen.evals.store import KeptResponse
from fen.training.texts import Example, Turn

_ROLES = ("system", "user", "assistant")
_MOST = 1 << 16  # a hash's first bytes, as a share


class Kept(msgspec.Struct, frozen=True):
    """A teacher's run: its records, and the answers that are kept of them by their keys."""

    run: Run
    records: Sequence[Record]
    answers: Mapping[str, KeptResponse]


class Lessons(msgspec.Struct, frozen=True):
    """What a student is taught, and what it is tested by.

    held_out: ids of samples that are taught nowhere, right answers or not. left_out: how many records teach
    nothing, by the reason.
    """

    examples: tuple[Example, ...]
    held_out: tuple[str, ...]
    left_out: Mapping[str, int]


def gather_lessons(runs: Iterable[Kept], held_share: float, seed: int = 0) -> Lessons:
    """Return the examples of runs, in the runs' order; of several answers to one sample the first right one.

    held_share: of clusters that are kept for the test, chosen by their names and the seed.
    """
    examples: dict[str, Example] = {}
    held: dict[str, None] = {}
    left_out: Counter[str] = Counter()
    for kept in runs:
        for record in kept.records:
            name = name_sample(record)
            if is_held(record, held_share, seed):
                held[name] = None
            elif name in examples:
                left_out["another answer to the same sample"] += 1
            else:
                found = _teach(name, record, kept.answers)
                if isinstance(found, Example):
                    examples[name] = found
                else:
                    left_out[found] += 1
    return Lessons(tuple(_drop_twins(examples.values(), left_out)), tuple(held), dict(left_out))


def name_sample(record: Record) -> str:
    """Return the id of a record's sample, the same in every run."""
    return f"{record.suite}/{record.sample}"


def is_held(record: Record, held_share: float, seed: int) -> bool:
    """Whether a record's sample is kept for the test."""
    cluster = record.sample if record.cluster is None else record.cluster
    told = hashlib.sha256(f"{seed}/{record.suite}/{cluster}".encode()).digest()
    return int.from_bytes(told[:2], "big") < held_share * _MOST


def _teach(name: str, record: Record, answers: Mapping[str, KeptResponse]) -> Example | str:
    """Return an example, or why there is none."""
    if record.score.outcome != "correct" or record.score.value < 1:
        return "not right"
    if len(record.calls) != 1:
        return "of several calls"
    kept = answers.get(record.calls[0])
    if kept is None:
        return "its answer is not kept"
    messages = _read_messages(kept.request)
    if messages is None or not is_plain(kept.response):
        return "not plain text"
    return Example(name, messages, kept.response.text, record.suite)


def is_plain(response: Response) -> bool:
    """Whether an answer is text, whole and no refusal, so that it can teach."""
    return bool(response.text.strip()) and not response.calls and not response.refused and not response.cut


def _read_messages(request: bytes) -> tuple[Turn, ...] | None:
    told: Any = msgspec.json.decode(request)
    if told.get("tools") or told.get("response_format"):
        return None
    turns: list[Turn] = []
    for message in told.get("messages", ()):
        role, content = message.get("role"), message.get("content")
        if role not in _ROLES or not isinstance(content, str) or set(message) - {"role", "content"}:
            return None
        turns.append(Turn(role, content))
    return tuple(turns) if turns and turns[-1].role == "user" else None


def _drop_twins(examples: Iterable[Example], left_out: Counter[str]) -> Iterator[Example]:
    """Yield examples whose conversation is not that of an earlier one."""
    seen: set[tuple[Turn, ...]] = set()
    for example in examples:
        if example.messages in seen:
            left_out["the same conversation"] += 1
        else:
            seen.add(example.messages)
            yield example
