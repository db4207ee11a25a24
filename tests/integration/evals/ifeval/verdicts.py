"""The published checkers' verdicts of recorded answers and their mutants, kept so that every run compares.

`python -m tests.integration.evals.ifeval.verdicts IFEVAL.jsonl ANSWERS.jsonl` makes both files of
`resources/` from the answers that `recording` wrote; it needs the environment that scripts/lm_eval.sh makes.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.integration.evals.ifeval.mutating import mutate
from tests.integration.evals.ifeval.recording import read_rows

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
PYTHON = ROOT / "build/lm_eval/bin/python"
NLTK_DATA = ROOT / "build/lm_eval/nltk_data"
ANSWERS = HERE / "resources/answers.json.xz"
VERDICTS = HERE / "resources/verdicts.json"
DRAWN = "-"
"""The verdict where the published checker leaves it to chance."""

Case = dict[str, Any]
"""A line of IFEval with a `response`."""


class Kept(msgspec.Struct, frozen=True):
    """Digits for each case, as `published` writes them, in the order of the cases.

    versions: of the published checkers' libraries. cases: SHA-256 of the cases that were judged.
    """

    versions: dict[str, str]
    cases: str
    recorded: tuple[str, ...]
    mutated: tuple[str, ...]


def read_answers() -> dict[int, str]:
    """Return the recorded answers of the embedded model, by prompt."""
    return msgspec.json.decode(lzma.decompress(ANSWERS.read_bytes()), type=dict[int, str])


def read_kept() -> Kept:
    """Return the kept verdicts."""
    return msgspec.json.decode(VERDICTS.read_bytes(), type=Kept)


def make_cases(rows: Sequence[Case], answers: Mapping[int, str]) -> tuple[list[Case], list[Case]]:
    """Return the recorded cases and the mutated ones."""
    answered = [row for row in rows if row["key"] in answers]
    recorded = [{**row, "response": answers[row["key"]]} for row in answered]
    return recorded, list(mutate(answered, answers))


def hash_cases(cases: Iterable[Case]) -> str:
    """Return what tells one set of cases from another."""
    told = [[case["key"], case["response"]] for case in cases]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def ask_published(cases: Iterable[Case]) -> tuple[list[str], dict[str, str]]:
    """Return the published checkers' digits for each case, and their libraries' versions (blocks)."""
    lines = b"".join(msgspec.json.encode(case) + b"\n" for case in cases)
    environ = {**os.environ, "NLTK_DATA": str(NLTK_DATA), "PYTHONPATH": ""}
    command = [str(PYTHON), str(HERE / "published.py")]
    ended = subprocess.run(command, input=lines, capture_output=True, env=environ, check=False)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    *digits, versions = ended.stdout.decode().splitlines()
    return digits, msgspec.json.decode(versions)


def count_sides(cases: Iterable[Case], digits: Iterable[str]) -> Counter[tuple[str, bool]]:
    """Return how often each kind is followed strictly, and how often not."""
    found: Counter[tuple[str, bool]] = Counter()
    for case, told in zip(cases, digits, strict=True):
        for kind, digit in zip(case["instruction_id_list"], told, strict=True):
            if digit != DRAWN:
                found[kind, digit == "3"] += 1
    return found


def _main(source: Path, recording: Path) -> None:
    answers = {row["key"]: row["response"] for row in read_rows(recording)}
    recorded, mutated = make_cases(read_rows(source), answers)
    digits, versions = ask_published([*recorded, *mutated])
    split = len(recorded)
    kept = Kept(versions, hash_cases([*recorded, *mutated]), tuple(digits[:split]), tuple(digits[split:]))
    ANSWERS.parent.mkdir(exist_ok=True)
    by_key = dict(sorted(answers.items()))
    ANSWERS.write_bytes(lzma.compress(msgspec.json.encode(by_key), preset=9))
    VERDICTS.write_bytes(msgspec.json.encode(kept) + b"\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
