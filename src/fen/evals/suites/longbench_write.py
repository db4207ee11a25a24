"""LongBench-Write and LongWrite-Ruler: texts of a length that the prompt asks for, scored by that length.

`load` is there for other suites that ask the same questions and judge something else of the answers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from fen.evals.files import FILE_OPTION, find_file
from fen.evals.lengths.count import tell_language
from fen.evals.lengths.ending import score_written
from fen.evals.lengths.play import allow, ask_for_length
from fen.evals.options import read_switch
from fen.evals.rows import read_jsonl
from fen.evals.sample import Sample
from fen.evals.suite import DataFile, Files, Suite

_SOURCE = "https://github.com/THUDM/LongWriter/tree/ca6ccd4dec16696d1b8c449b12901c88d4cbf442/evaluation"
_RAW = (
    "https://raw.githubusercontent.com/THUDM/LongWriter/ca6ccd4dec16696d1b8c449b12901c88d4cbf442/evaluation"
)

WRITE = DataFile(
    "longbench_write/longbench_write.jsonl",
    f"{_RAW}/longbench_write.jsonl",
    "1f6e99497cc24d65894d65e014062f398ba946ebdd254b7f8b339e48d3ab5779",
)
RULER = DataFile(
    "longbench_write/longwrite_ruler.jsonl",
    f"{_RAW}/longwrite_ruler.jsonl",
    "a1d4ebf0df0fa1600567691d11c9a52de3037c4a372970ed2e8f52f2889e0a62",
)

_BANDS = (500, 2000, 4000)
"""Where LongWriter's table parts the lengths asked for."""

OPTIONS = {**FILE_OPTION, "continued": "off"}


class _Line(msgspec.Struct, frozen=True):
    prompt: str
    type: str
    length: int


def load_lines(file: DataFile) -> Callable[[Files, Mapping[str, str]], Iterator[Sample]]:
    """Return what loads a file of prompts, each with the length that it asks for.

    A sample's id is the line's number, from 1 on; its target has `length`, `continued`, and the `type` of
    text. Option continued: through Fen's continuation (`on`), without it (`off`) or `both`.
    Raises ConfigError.
    """

    def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
        states = read_switch(options, "continued", OPTIONS["continued"])
        lines = read_jsonl(find_file(files, options, file), _Line)
        return (
            _make(number, line, continued) for number, line in enumerate(lines, 1) for continued in states
        )

    return load


def _make(number: int, line: _Line, continued: bool) -> Sample:
    target: dict[str, Any] = {"length": line.length, "continued": continued, "type": line.type}
    return Sample(
        id=f"{number}-continued" if continued else str(number),
        messages=({"role": "user", "content": line.prompt},),
        target=target,
        params={"max_tokens": allow(line.length)},
        stratum=_name_band(line.length),
        language=tell_language(line.prompt),
    )


def _name_band(length: int) -> str:
    place = bisect_right(_BANDS, length)
    low = _BANDS[place - 1] if place else 0
    return f"{low} to {_BANDS[place]}" if place < len(_BANDS) else f"from {low}"


def _declare(name: str, summary: str, file: DataFile) -> Suite:
    return Suite(
        name=name,
        summary=summary,
        dimension="generation",
        languages=("en", "zh"),
        licence="Apache-2.0",
        source=_SOURCE,
        files=(file,),
        load=load_lines(file),
        play=ask_for_length,
        score=score_written,
        scorer="length/1",
        judges_cut=True,
        options=OPTIONS,
    )


SUITES = (
    _declare("longbench_write", "120 texts of 100 to 20,000 words, by length (S_l).", WRITE),
    _declare("longwrite_ruler", "48 texts of 1,000 to 30,000 words, by length (S_l).", RULER),
)
