"""Long context, generated: needles, variables and aggregation in English and Chinese, at any length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import cast

from fen.evals.options import read_names, read_number, read_numbers
from fen.evals.ruler.score import score_set
from fen.evals.ruler.tasks import DEEP, DEPTHS, TASKS, Order, put
from fen.evals.ruler.text import Language
from fen.evals.sample import Sample
from fen.evals.suite import Files, Suite

_LANGUAGES = ("en", "zh")
_OPTIONS = {
    "lengths": "1000,4000",
    "languages": "en,zh",
    "tasks": ",".join(TASKS),
    "each": "2",
    "seed": "0",
    "max_tokens": "1024",
}


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the samples, one round of everything after the other, so that a limit cuts evenly.

    lengths: tokens, estimated by characters. each: rounds; every other one has the second wording. A sample
    is the same in every run of one seed, whatever else is asked for. Raises ConfigError.
    """
    lengths = read_numbers(options, "lengths", _OPTIONS["lengths"], least=100)
    languages = read_names(options, "languages", _OPTIONS["languages"], _LANGUAGES)
    tasks = read_names(options, "tasks", _OPTIONS["tasks"], tuple(TASKS))
    each = read_number(options, "each", 2, least=1)
    seed = read_number(options, "seed", 0)
    most = read_number(options, "max_tokens", 1024, least=16)
    return (
        _make(task, Order(cast(Language, language), tokens, number % 2, depth), number, (seed, most))
        for number in range(each)
        for depth_number in range(len(DEPTHS))
        for tokens in lengths
        for task in tasks
        for language in languages
        for depth in _depths(task, depth_number)
    )


def _depths(task: str, number: int) -> tuple[float | None, ...]:
    if task in DEEP:
        return (DEPTHS[number],)
    return (None,) if number == 0 else ()


def _make(task: str, order: Order, number: int, settings: tuple[int, int]) -> Sample:
    seed, most = settings
    place = "" if order.depth is None else f"-{round(order.depth * 100)}%"
    name = f"{task}-{order.language}-{order.tokens}{place}-{number}"
    puzzle = TASKS[task](Random(f"{seed}/{name}"), order)  # noqa: S311  seeded on purpose: not a secret
    depth = "" if order.depth is None else f", depth {round(order.depth * 100)}%"
    return Sample(
        id=f"{seed}-{name}",
        messages=put(puzzle, order.language),
        target={"expected": puzzle.expected, "pattern": puzzle.pattern},
        params={"max_tokens": most, "temperature": 0},
        cluster=f"{task}-{order.language}-{order.phrasing}",
        stratum=f"{order.tokens} tokens{depth}",
        language=order.language,
    )


SUITE = Suite(
    name="ruler",
    summary="Long context, generated: needles, variables and aggregation at any length.",
    dimension="long_text",
    languages=_LANGUAGES,
    licence="Fen's own",
    source="generated; the kinds of task are RULER's, https://arxiv.org/abs/2404.06654",
    load=load,
    score=score_set,
    scorer="exact-set/1",
    template='text between dashes, question, "Answer:"',
    options=_OPTIONS,
    clustered="the template: kind of task, language and wording",
)
