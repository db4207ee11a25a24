"""MGSM: 250 problems of GSM8K, put into other languages by people (Shi et al. 2022, arXiv:2210.03057)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fen.evals.files import FILE_OPTION, find_file
from fen.evals.rows import interleave, read_tsv
from fen.evals.sample import Sample
from fen.evals.scorers import score_number
from fen.evals.suite import DataFile, Files, Suite
from fen.wire.errors import ConfigError

_BASE = "https://raw.githubusercontent.com/google-research/url-nlp/main/mgsm"
_FILES = {
    "zh": DataFile(
        path="mgsm/mgsm_zh.tsv",
        url=f"{_BASE}/mgsm_zh.tsv",
        sha256="b2fa63151022370a0de1f4211c8c284eae74b0f5a3b003b1d5982c0d4a73f661",
    ),
    "en": DataFile(
        path="mgsm/mgsm_en.tsv",
        url=f"{_BASE}/mgsm_en.tsv",
        sha256="50021d0f28cc957edcb44e7806425b1c7fbd648ddcb9e0a8ec689d10e57d40fa",
    ),
}
_PROMPTS = {
    "zh": "{question}\n\n请一步一步推理。最后一行写成“#### N”，其中 N 是答案的数字。",
    "en": "{question}\n\n"
    'Reason step by step. End with one line of the form "#### N", where N is the answer as a number.',
}


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the problems, each in both languages before the next one."""
    languages = [name.strip() for name in options.get("languages", "zh,en").split(",")]
    for language in languages:
        if language not in _FILES:
            raise ConfigError(f"found languages={options['languages']}, expected some of {','.join(_FILES)}")
    return interleave(_read(files, options, language) for language in languages)


def _read(files: Files, options: Mapping[str, str], language: str) -> Iterator[Sample]:
    path = find_file(files, options, _FILES[language])
    for number, (question, answer) in enumerate(read_tsv(path, 2)):
        yield Sample(
            id=f"{language}/{number}",
            messages=({"role": "user", "content": _PROMPTS[language].format(question=question)},),
            target=answer.strip().replace(",", ""),
            params={"max_tokens": 512, "temperature": 0},
            cluster=str(number),
            stratum=language,
            language=language,
        )


SUITE = Suite(
    name="mgsm",
    summary="250 problems of GSM8K in Chinese and in English",
    dimension="calculation",
    languages=("zh", "en"),
    licence="CC BY 4.0",
    source="https://github.com/google-research/url-nlp/tree/main/mgsm",
    files=tuple(_FILES.values()),
    load=load,
    score=score_number,
    scorer="number/1",
    template='question, "reason step by step", "#### N" asked for, in the question\'s language',
    options={**FILE_OPTION, "languages": "zh,en"},
    clustered="the problem, put in both languages",
)
