"""Tools: function calls in a small world, checked by schema and by what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import msgspec

from fen.evals.options import read_names, read_number
from fen.evals.sample import Sample
from fen.evals.suite import Files, Suite
from fen.evals.world.play import play_world
from fen.evals.world.prompts import SYSTEM
from fen.evals.world.score import score_world
from fen.evals.world.tasks import KINDS, Kind, make_task, say_task
from fen.evals.world.tools import TOOLS

_LANGUAGES = ("en", "zh")
_OPTIONS = {"each": "2", "languages": "en,zh", "seed": "0", "turns": "8", "max_tokens": "1024"}


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the samples: of each domain, kind and language `each`.

    turns: the most calls of a sample; a task needs four at most. Raises ConfigError.
    """
    each = read_number(options, "each", 2, least=1)
    languages = read_names(options, "languages", _OPTIONS["languages"], _LANGUAGES)
    seed = read_number(options, "seed", 0)
    turns = read_number(options, "turns", 8, least=1)
    most = read_number(options, "max_tokens", 1024, least=16)
    return (
        _make(f"{seed}-{domain}-{kind}-{language}-{number}", (domain, kind, language), turns, most)
        for number in range(each)
        for kind in KINDS
        for domain in TOOLS
        for language in languages
    )


def _make(name: str, task_of: tuple[str, Kind, str], turns: int, most: int) -> Sample:
    domain, kind, language = task_of
    task = make_task(Random(name), domain, kind, language)  # noqa: S311  seeded on purpose: not a secret
    return Sample(
        id=name,
        messages=(
            {"role": "system", "content": SYSTEM[language]},
            {"role": "user", "content": say_task(task, domain, kind, language)},
        ),
        target={
            "domain": domain,
            "state": task.state,
            "goal": msgspec.to_builtins(task.goal),
            "turns": turns,
        },
        params={
            "tools": [tool.describe(language) for tool in TOOLS[domain]],
            "max_tokens": most,
            "temperature": 0,
        },
        cluster=f"{domain}-{kind}",
        stratum=kind,
        language=language,
    )


SUITE = Suite(
    name="tools",
    summary="Function calls in a small world: single, parallel, needless, unclear, failing, chained.",
    dimension="tool_use",
    languages=_LANGUAGES,
    licence="Fen's own",
    source="generated",
    load=load,
    play=play_world,
    score=score_world,
    scorer="world/1",
    template="a system prompt, one request, several turns",
    options=_OPTIONS,
    clustered="the template: domain and kind of task",
)
