"""IFEval: 541 prompts with 834 instructions about an answer's form, each checked by a program.

Zhou et al., Instruction-Following Evaluation for Large Language Models, 2023 (arXiv 2311.07911).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fen.evals.files import FILE_OPTION, find_file
from fen.evals.ifeval import (
    KINDS,
    PUNKT,
    check_answer,
    describe_verdicts,
    open_reader,
    read_instruction,
    tell_metrics,
)
from fen.evals.response import Response
from fen.evals.rows import read_jsonl
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end, grade
from fen.evals.suite import Aids, DataFile, Files, Suite
from fen.wire.errors import ConfigError, FenError

_PROMPTS = DataFile(
    "ifeval/input_data.jsonl",
    "https://raw.githubusercontent.com/google-research/google-research/master/"
    "instruction_following_eval/data/input_data.jsonl",
    "67ffeee0fcb87c317c5b08a2de85557b4a7e96ada6178aa645b4954fe4b53d49",
)
_READINGS = ("strict", "loose")
_MAX_TOKENS = 1280  # as lm-eval asks


class Row(msgspec.Struct, frozen=True):
    """One line of the published file."""

    key: int
    prompt: str
    instruction_id_list: tuple[str, ...]
    kwargs: tuple[dict[str, Any], ...]


class Target(msgspec.Struct, frozen=True):
    """What a sample's scorer reads: the instructions, how strictly, and Punkt's path where they need it."""

    instructions: list[dict[str, Any]]
    reading: str
    punkt: str | None = None


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return a sample for each prompt.

    The option `reading` says what a correct answer is: one that follows all instructions `strict` or `loose`.
    `punkt` set to `skip` leaves out the prompts that need Punkt's data, where it cannot be had. `file` names
    prompts of the user's own. Raises ConfigError, also where that data is needed and not there.
    """
    reading, punkt = options.get("reading", "strict"), options.get("punkt", "need")
    if reading not in _READINGS or punkt not in {"need", "skip"}:
        raise ConfigError(
            f"ifeval: found reading={reading}, punkt={punkt}, "
            "expected reading=strict or loose, punkt=need or skip"
        )
    for row in read_jsonl(find_file(files, options, _PROMPTS), Row):
        needs = [kind for kind in row.instruction_id_list if kind in KINDS and KINDS[kind].needs_punkt]
        if not (needs and punkt == "skip"):
            yield _make_sample(row, reading, _find_punkt(files, needs[0]) if needs else None)


def _find_punkt(files: Files, kind: str) -> Path:
    try:
        return files.path(PUNKT)
    except FenError as error:
        raise ConfigError(
            f"ifeval: {kind} needs a model of English sentences: {error.message}; "
            "--set ifeval.punkt=skip leaves out the prompts that need it"
        ) from None


def _make_sample(row: Row, reading: str, punkt: Path | None) -> Sample:
    kinds, given = row.instruction_id_list, row.kwargs
    if not 0 < len(kinds) == len(given):
        raise ConfigError(
            f"ifeval: prompt {row.key}: found {len(given)} kwargs for {len(kinds)} instructions"
        )
    pairs = list(zip(kinds, given, strict=True))
    for kind, arguments in pairs:
        read_instruction(kind, arguments)  # what is wrong with it is told before anything is asked
    instructions = [{"kind": kind, **arguments} for kind, arguments in pairs]
    target = Target(instructions, reading, str(punkt) if punkt else None)
    return Sample(
        id=str(row.key),
        messages=({"role": "user", "content": row.prompt},),
        target=msgspec.to_builtins(target),
        params={"max_tokens": _MAX_TOKENS, "temperature": 0},
    )


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Return correct where all instructions are followed; the detail has each of them, strict and loose.

    What there is of an answer that was cut is checked too, for the published numbers, and stays `truncated`.
    """
    response = responses[-1]
    if response.error is not None:
        return find_end(response) or Score("api_error")
    target = msgspec.convert(sample.target, Target)
    reader = open_reader(Path(target.punkt) if target.punkt else None)
    # Telling a long answer's language takes tens of milliseconds, and there are eight readings of it.
    verdicts = await asyncio.to_thread(check_answer, response.text, target.instructions, reader)
    detail = describe_verdicts(verdicts)
    end = find_end(response)
    if end is not None:
        return Score(end.outcome, detail=detail)
    followed = [verdict.loose if target.reading == "loose" else verdict.strict for verdict in verdicts]
    told = f"{sum(followed)} of {len(followed)}" if response.text.strip() else None
    return grade(right=all(followed), answer=told, detail=detail)


SUITE = Suite(
    name="ifeval",
    summary="541 prompts with 834 instructions about an answer's form",
    dimension="instruction_following",
    languages=("en",),
    licence="Apache-2.0",
    source="https://arxiv.org/abs/2311.07911",
    files=(_PROMPTS, PUNKT),
    load=load,
    score=score,
    scorer="ifeval/1",
    beside=tell_metrics,
    judges_cut=True,
    judges_refused=True,
    options={**FILE_OPTION, "reading": "strict", "punkt": "need"},
)
