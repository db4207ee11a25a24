"""A suite: questions with their scorer, and what a reader of its scores has to know about it.

The story of a run, told by `fen.evals.run`:

load     the suite's files become samples
price    all prompts are rendered, a pilot says how long answers are, the worst case is printed
ask      each sample is played: one call, or several; every answer is kept with the books' own commit
score    its answers become one outcome and a value between 0 and 1
report   outcomes become scores by dimension, each with its interval, its n and its cost
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from fen.evals.beside import SumUp
from fen.evals.response import Response
from fen.evals.sample import Body, Sample
from fen.evals.sandbox import Sandbox
from fen.evals.score import Score


class DataFile(msgspec.Struct, frozen=True):
    """A file of a suite.

    path: below the folder `evals` of the data: `gsm8k/test.jsonl`. url: where it is published. sha256: of its
    bytes, in hex; None where the publisher changes them.
    """

    path: str
    url: str
    sha256: str | None = None


class Files(Protocol):
    """Finds a suite's files: in the folder that the user named, in the cache, or at their address."""

    def path(self, file: DataFile) -> Path:
        """Return where the file is on this disk; raises ConfigError that says where it was looked for."""
        ...


class Ask(Protocol):
    """Asks the model, and never the same twice: what was answered before is answered from what was kept."""

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        """Return the response; a call that failed is a response with its `error`.

        timed: as a stream, with the times of its pieces. continued: an answer that the model's own limit cuts
        is gone on with, as Fen does for its clients.
        """
        ...


class Aids(msgspec.Struct, frozen=True):
    """What a scorer may need beside the answer.

    sandbox: runs programs. judge: asks the judge model; None where the run has none.
    """

    sandbox: Sandbox
    judge: Ask | None = None


Load = Callable[[Files, Mapping[str, str]], Iterable[Sample]]
"""Returns the samples in their order; the mapping has the suite's options. Raises ConfigError."""

Play = Callable[[Sample, Ask], Awaitable[Sequence[Response]]]
"""Asks all that a sample asks, and returns the responses that its scorer reads."""

Scorer = Callable[[Sample, Sequence[Response], Aids], Awaitable[Score]]
"""Judges a sample's responses; the last one has an answer, by `find_end`. Sees no other sample."""


async def ask_once(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Play a sample of one question."""
    return (await ask(sample.to_body()),)


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """Questions of one kind.

    judges_refused: a refusal is scored by the suite too, since refusing may be right.
    version: rises when a prompt changes, and with it what was kept of answers. scorer: the scorer's name and
    version, such as `letter/1`: rescoring needs no call. dimension: a name in `dimensions.toml`. languages:
    ISO 639-1. source: where the questions are published. shots, template: how they are put, for the reader of
    a score. judges_cut: an answer that was cut is scored too. needs_judge: scored by a model. options: what
    `--set SUITE.NAME=VALUE` may change, with what stands otherwise. clustered: in words, what samples of one
    cluster share. alone: its samples are played one by one, with nothing beside them that would disturb a
    measurement. beside: sums up what its records say beside the score. summary: one line for `fen eval list`.
    """

    name: str
    version: str = "1"
    summary: str
    dimension: str
    languages: tuple[str, ...]
    licence: str
    source: str
    files: tuple[DataFile, ...] = ()
    load: Load
    score: Scorer
    scorer: str
    play: Play = ask_once
    shots: int = 0
    template: str = "as published"
    judges_cut: bool = False
    judges_refused: bool = False
    needs_judge: bool = False
    options: Mapping[str, str] = {}
    clustered: str | None = None
    alone: bool = False
    beside: SumUp | None = None
