"""What a teacher answers to prompts of one's own, asked through the pipeline and within a budget.

The calls are in the books with the tag `training`. Nothing grades the answers: they teach as they are, but
for those that were cut, refused or empty. Calls go one after another, so that no open call stands in the
budget's way of the next.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fen.accounts import Budget
from fen.evals.purse import Purse
from fen.evals.reading import read_reply
from fen.gateway import Caller, Reply
from fen.training.distill.kept import Lessons, is_plain
from fen.training.texts import Example, Turn
from fen.wire.errors import BudgetExceeded, InvalidRequest
from fen.wire.money import Money
from fen.wire.request import Request, parse_request

TAG = "training"
"""What the books call the calls of a teacher."""

Send = Callable[[Request, Caller], Awaitable[Reply]]
"""Sends a request through the pipeline; raises FenError."""


class Wish(msgspec.Struct, frozen=True):
    """What is asked of a teacher. budget: the most that all answers may cost; max_tokens: of each answer."""

    model: str
    prompts: tuple[tuple[Turn, ...], ...]
    budget: Money
    max_tokens: int
    tag: str


class Asked(msgspec.Struct, frozen=True):
    """What came of it.

    spent: in words. stopped: why it ended before all were asked; None where it did not.
    """

    lessons: Lessons
    spent: str
    stopped: str | None = None


class _Line(msgspec.Struct, frozen=True):
    prompt: str | None = None
    messages: tuple[Turn, ...] = ()


def read_prompts(path: Path) -> tuple[tuple[Turn, ...], ...]:
    """Return the conversations of a file of JSON lines, each with `prompt` or with `messages`, once each.

    Raises InvalidRequest with the line that is neither.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}, expected a file of prompts") from None
    found: dict[tuple[Turn, ...], None] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = msgspec.json.decode(line, type=_Line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidRequest(f"{path}: line {number}: {error}, expected a JSON object") from None
        turns = told.messages or (() if told.prompt is None else (Turn("user", told.prompt),))
        if not turns or turns[-1].role != "user" or not turns[-1].content.strip():
            raise InvalidRequest(f"{path}: line {number}: found no question, expected prompt or messages")
        found[turns] = None
    if not found:
        raise InvalidRequest(f"{path}: found no prompt in it, expected some")
    return tuple(found)


async def ask(wish: Wish, send: Send, run: str, tell: Callable[[int], None]) -> Asked:
    """Return what a teacher answers; run: a name of its own, by which the budget is held.

    It ends where the budget has no room for another call, with what there is. tell: is told how many were
    asked. Raises FenError where a call fails otherwise.
    """
    budgets = (Budget("run", run, wish.budget, "total"),)
    caller = Caller(inside=True, unguarded=True, budgets=budgets, single=True, pinned=True)
    examples: list[Example] = []
    left_out: Counter[str] = Counter()
    purse, stopped = Purse(), None
    for number, turns in enumerate(wish.prompts):
        started = time.perf_counter()
        try:
            reply = await send(_make_request(wish, turns), caller)
        except BudgetExceeded as error:
            stopped = error.message
            break
        response = read_reply(reply.body, reply.headers, time.perf_counter() - started)
        purse.add(response.cost)
        if is_plain(response):
            examples.append(Example(f"{wish.tag}/{number}", turns, response.text.strip(), wish.tag))
        else:
            left_out["not plain text"] += 1
        tell(number + 1)
    return Asked(Lessons(tuple(examples), (), dict(left_out)), str(purse), stopped)


def _make_request(wish: Wish, turns: Sequence[Turn]) -> Request:
    body: dict[str, Any] = {
        "model": wish.model,
        "messages": [msgspec.to_builtins(turn) for turn in turns],
        "max_tokens": wish.max_tokens,
    }
    return parse_request("openai.chat", msgspec.json.encode(body))
