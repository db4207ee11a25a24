"""MMLU: 57 subjects of school, university and professions (Hendrycks et al. 2021, arXiv:2009.03300)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fen.evals.choices import Choice, ask_choice, pick_subjects, read_shots
from fen.evals.files import FILE_OPTION, find_file, list_files
from fen.evals.rows import interleave, read_csv
from fen.evals.sample import Sample
from fen.evals.scorers import score_letter
from fen.evals.suite import DataFile, Files, Suite

_COMMIT = "d92730e8bacd7b3a61e551e015e40588e10234b4"
_FILES = list_files(
    "mmlu", f"https://raw.githubusercontent.com/HaeChan0305/MLILAB-FedLLM/{_COMMIT}/data/mmlu"
)
_BY_PATH = {file.path: file for file in _FILES}
_SUBJECTS = [file.path.split("/")[-1][: -len("_test.csv")] for file in _FILES if "/test/" in file.path]
_COLUMNS = ("question", "choice0", "choice1", "choice2", "choice3", "answer")
_SHOTS = 5

# The published head and layout; the second sentence is ours, since a chat model explains unless told not to.
HEAD = (
    "The following are multiple choice questions (with answers) about {subject}. "
    "Answer with the letter alone."
)


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the questions, one of each subject in turn."""
    shots = read_shots(options, _SHOTS, _SHOTS)
    return interleave(
        _ask_subject(files, options, subject, shots) for subject in pick_subjects(options, _SUBJECTS)
    )


def _ask_subject(files: Files, options: Mapping[str, str], subject: str, shots: int) -> Iterator[Sample]:
    def read(split: str) -> list[Choice]:
        file = _BY_PATH[f"mmlu/{split}/{subject}_{split}.csv"]
        return _read(files, options, file)

    examples = read("dev")[:shots] if shots else []
    head = HEAD.format(subject=subject.replace("_", " "))
    for number, choice in enumerate(read("test")):
        yield ask_choice(choice, examples, head, id=f"{subject}/{number}", stratum=subject)


def _read(files: Files, options: Mapping[str, str], file: DataFile) -> list[Choice]:
    path = find_file(files, options, file)
    return [
        Choice(row["question"], tuple(row[f"choice{k}"] for k in range(4)), "ABCD"[int(row["answer"])])
        for row in read_csv(path.read_bytes(), str(path), _COLUMNS)
    ]


SUITE = Suite(
    name="mmlu",
    summary="57 subjects of school, university and professions",
    dimension="knowledge",
    languages=("en",),
    licence="MIT",
    source="https://github.com/hendrycks/test",
    files=_FILES,
    load=load,
    score=score_letter,
    scorer="letter/1",
    shots=_SHOTS,
    template="published head and layout in one message, worked examples from dev, letter asked for",
    judges_cut=True,
    options={**FILE_OPTION, "shots": str(_SHOTS), "subjects": ""},
)
