"""What a run works with: the pipeline, the database, the suites' files and the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from fen.evals.sandbox import Sandbox
from fen.evals.store import EvalStore
from fen.evals.suite import Files
from fen.gateway import Caller, Reply
from fen.gateway.quote import Quote
from fen.storage import Storage
from fen.wire.request import Request

Answer = Callable[[Request, Caller], Awaitable[Reply]]
"""Sends a request through the pipeline; raises FenError."""


class Shelf(msgspec.Struct, frozen=True):
    """The parts that need no model: what is kept, and what scores it."""

    storage: Storage
    store: EvalStore
    files: Files
    sandbox: Sandbox


class Means(Shelf, frozen=True):
    """The parts of a run; `quote` says what a call would be held for, and raises FenError."""

    answer: Answer
    quote: Callable[[Request, Caller], Quote]
