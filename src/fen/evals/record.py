"""Records: what is kept of a run, one for each sample and epoch; statistics and reports read nothing else."""

from __future__ import annotations

from datetime import datetime

import msgspec

from fen.evals.score import Score
from fen.wire.money import Money


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation of one model.

    id: `run_...`. options: those of the suites, as `SUITE.NAME`. limit: samples of each suite; None for all.
    budget: the most that it may cost. judge: the model that judges. fresh: what earlier runs were answered is
    not used. ended: None while it is not finished. decoding: by suite, what its samples ask of decoding, as
    `fen.evals.decoding` puts it in words.
    """

    id: str
    model: str
    suites: tuple[str, ...]
    started: datetime
    ended: datetime | None = None
    limit: int | None = None
    epochs: int = 1
    seed: int = 0
    options: dict[str, str] = {}
    decoding: dict[str, str] = {}
    budget: Money | None = None
    judge: str | None = None
    fresh: bool = False


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one sample in one epoch (from 0 on).

    version, scorer: the suite's when it was asked and scored. cluster, stratum, language, dimension: of the
    sample. cost: of its answers; None where a price is not known. judge_cost: of judging it; None where
    nothing judged. Tokens and seconds are sums over its calls. calls: the keys of its kept responses, in the
    order in which they were asked.
    """

    run: str
    suite: str
    version: str
    scorer: str
    sample: str
    epoch: int = 0
    score: Score
    cluster: str | None = None
    stratum: str | None = None
    language: str = "en"
    dimension: str
    cost: Money | None = None
    judge_cost: Money | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    seconds: float = 0.0
    calls: tuple[str, ...] = ()
