"""Long instructions: rules that must hold through a whole answer of 1,000 to 16,000 words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import msgspec

from fen.evals.lengths.play import allow
from fen.evals.long_form.plan import make_plan, say_plan
from fen.evals.long_form.score import score_kept
from fen.evals.options import read_names, read_number, read_numbers, read_switch
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.suite import Ask, Files, Suite

_LANGUAGES = ("en", "zh")
_OPTIONS = {"lengths": "1000,4000", "each": "5", "languages": "en,zh", "seed": "0", "continued": "off"}


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the samples, one plan of every length and language after the other.

    lengths: words or characters of the whole answer. each: plans. continued: `on` asks through Fen's
    continuation, where the answer is longer than the model's own limit. Raises ConfigError.
    """
    lengths = read_numbers(options, "lengths", _OPTIONS["lengths"], least=100)
    languages = read_names(options, "languages", _OPTIONS["languages"], _LANGUAGES)
    states = read_switch(options, "continued", _OPTIONS["continued"])
    each = read_number(options, "each", 5, least=1)
    seed = read_number(options, "seed", 0)
    return (
        _make(f"{seed}-{language}-{length}-{number}", language, length, continued)
        for number in range(each)
        for length in lengths
        for language in languages
        for continued in states
    )


def _make(name: str, language: str, length: int, continued: bool) -> Sample:
    chance = Random(name)  # noqa: S311  seeded on purpose: not a secret
    plan = make_plan(chance, language, length)
    number = int(name.rpartition("-")[2])
    return Sample(
        id=f"{name}-continued" if continued else name,
        messages=({"role": "user", "content": say_plan(plan, language, length, number)},),
        target=msgspec.to_builtins(plan),
        params={"max_tokens": allow(length)},
        cluster=name,
        stratum=f"{length}, continued" if continued else str(length),
        language=language,
    )


async def play(sample: Sample, ask: Ask) -> tuple[Response, ...]:
    """Ask for the text, through continuation where the sample says so."""
    return (await ask(sample.to_body(), continued=sample.id.endswith("-continued")),)


SUITE = Suite(
    name="long_instructions",
    summary="Rules that hold through a whole answer of 1,000 to 16,000 words, checked in every section.",
    dimension="instruction_following",
    languages=_LANGUAGES,
    licence="Fen's own",
    source="generated",
    load=load,
    play=play,
    score=score_kept,
    scorer="rules-by-section/1",
    template="topic, length, list of rules",
    judges_cut=True,
    options=_OPTIONS,
    clustered="the plan, where it is asked with and without continuation",
)
