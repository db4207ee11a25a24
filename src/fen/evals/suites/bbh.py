"""BIG-Bench Hard: 27 tasks of reasoning over several steps (Suzgun et al. 2022, arXiv:2210.09261)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from fen.evals.choices import pick_subjects
from fen.evals.extract import equal_numbers, find_letter, find_line, find_number, find_option, is_number
from fen.evals.files import FILE_OPTION, find_file, list_files
from fen.evals.response import Response
from fen.evals.rows import interleave, read_json
from fen.evals.sample import Sample
from fen.evals.score import Score, grade
from fen.evals.suite import Aids, Files, Suite

_FILES = list_files("bbh", "https://raw.githubusercontent.com/suzgunmirac/BIG-Bench-Hard/main/bbh")
_BY_TASK = {PurePosixPath(file.path).stem: file for file in _FILES}
_LANGUAGE = frozenset(
    {
        "disambiguation_qa",
        "hyperbaton",
        "ruin_names",
        "salient_translation_error_detection",
        "snarks",
    }
)
_OPTIONS = re.compile(r"^\(([A-Z])\)", re.MULTILINE)
_WORDS = (("Yes", "No"), ("yes", "no"), ("True", "False"), ("valid", "invalid"))

PROMPT = '{input}\n\nReason step by step. End with one line of the form "Answer: X".'


class _Example(msgspec.Struct):
    input: str
    target: str


class _Task(msgspec.Struct):
    examples: list[_Example]


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the examples, one of each task in turn; the option `tasks` names some of them."""
    tasks = pick_subjects({"subjects": options.get("tasks", "")}, _BY_TASK)
    return interleave(_read(files, options, task) for task in tasks)


def _read(files: Files, options: Mapping[str, str], task: str) -> Iterator[Sample]:
    examples = read_json(find_file(files, options, _BY_TASK[task]), _Task).examples
    for number, example in enumerate(examples):
        yield Sample(
            id=f"{task}/{number}",
            messages=({"role": "user", "content": PROMPT.format(input=example.input)},),
            target=_describe(example),
            params={"max_tokens": 512, "temperature": 0},
            stratum=task,
            dimension="language_understanding" if task in _LANGUAGE else None,
        )


def _describe(example: _Example) -> dict[str, Any]:
    """Return what is right, and of which kind it is: a letter, one of some words, a number, or a text."""
    target = example.target.strip()
    if re.fullmatch(r"\([A-Z]\)", target):
        return {"kind": "letter", "right": target[1], "of": "".join(_OPTIONS.findall(example.input))}
    for words in _WORDS:
        if target in words:
            return {"kind": "word", "right": target, "of": list(words)}
    return {"kind": "number" if is_number(target) else "text", "right": target}


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Judge an answer by the kind of its target, exactly."""
    text, target = responses[-1].text, sample.target
    match target["kind"]:
        case "letter":
            found = find_letter(text, target["of"])
            right = found == target["right"]
        case "word":
            found = find_option(text, target["of"])
            right = found == target["right"]
        case "number":
            found = find_number(text)
            right = found is not None and equal_numbers(found, target["right"])
        case _:
            found = find_line(text) or _last_line(text)
            right = found is not None and _plain(found) == _plain(target["right"])
    return grade(right=right, answer=found)


def _last_line(text: str) -> str | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else None


def _plain(text: str) -> str:
    """Return a sequence of words or brackets without what only sets it apart: commas, quotes, a full stop."""
    return "".join(re.sub(r"[,\"'`*$]|\.$", " ", text.casefold().strip()).split())


SUITE = Suite(
    name="bbh",
    summary="27 tasks of reasoning over several steps",
    dimension="reasoning",
    languages=("en",),
    licence="MIT",
    source="https://github.com/suzgunmirac/BIG-Bench-Hard",
    files=_FILES,
    load=load,
    score=score,
    scorer="bbh/1",
    template='question, "reason step by step", "Answer: X" asked for; no worked examples',
    options={**FILE_OPTION, "tasks": ""},
)
