"""Exams in one zip: a CSV for each subject in a folder for each split, as C-Eval and CMMLU are published."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from fen.evals.choices import Choice, ask_choice, pick_subjects, read_shots
from fen.evals.files import find_file
from fen.evals.rows import interleave, read_csv
from fen.evals.sample import Sample
from fen.evals.suite import DataFile, Files
from fen.wire.errors import ConfigError

_SHOTS = 5


class Exam(msgspec.Struct, frozen=True):
    """How one collection is laid out and asked.

    split: whose answers are published. question, answer: the columns' names; the options' are A to D. head,
    label: the words before the questions and after the options.
    """

    file: DataFile
    split: str
    question: str
    answer: str
    head: str
    label: str

    def load(self, files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
        """Return the questions, one of each subject in turn; the examples are those of the split `dev`."""
        shots = read_shots(options, _SHOTS, _SHOTS)
        path = find_file(files, options, self.file)
        tables = {split: self._read(path, split) for split in ("dev", self.split)}
        subjects = pick_subjects(options, tables[self.split])
        return interleave(
            self._ask(subject, tables["dev"].get(subject, [])[:shots], tables[self.split][subject])
            for subject in subjects
        )

    def _ask(self, subject: str, shots: list[Choice], choices: list[Choice]) -> Iterator[Sample]:
        for number, choice in enumerate(choices):
            yield ask_choice(
                choice,
                shots,
                self.head,
                label=self.label,
                id=f"{subject}/{number}",
                stratum=subject,
                language="zh",
            )

    def _read(self, path: Path, split: str) -> dict[str, list[Choice]]:
        """Return the choices of a split by subject; raises ConfigError where there are none."""
        named = re.compile(rf"(?:^|/){split}/(?P<subject>\w+?)(?:_{split})?\.csv$")
        columns = (self.question, *"ABCD", self.answer)
        found: dict[str, list[Choice]] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                for name in sorted(archive.namelist()):
                    match = named.search(name)
                    if match is None or name.startswith("__MACOSX"):
                        continue
                    rows = read_csv(archive.read(name), f"{path}: {name}", columns)
                    found[match["subject"]] = [self._choose(row) for row in rows]
        except zipfile.BadZipFile:
            raise ConfigError(f"{path}: found no zip, expected one with {split}/SUBJECT.csv") from None
        if not found:
            raise ConfigError(f"{path}: found no {split}/SUBJECT.csv in it")
        return found

    def _choose(self, row: Mapping[str, str]) -> Choice:
        return Choice(row[self.question], tuple(row[letter] for letter in "ABCD"), row[self.answer].strip())
