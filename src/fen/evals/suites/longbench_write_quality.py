"""LongBench-Write, how good the texts are: a judge scores six criteria by the published prompt.

The prompt is read from the file that its authors publish (Bai et al. 2024, arXiv:2408.07055), and used as it
is: it has the judge disregard length, which the suite `longbench_write` scores. The value is their S_q over
100. Here the judge answers at temperature 0, where theirs had 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from fen.evals.files import FILE_OPTION, find_file
from fen.evals.judge.prompt import Written, make_body
from fen.evals.judge.scoring import judged_score, need_judge, read_pass
from fen.evals.judge.single import judge_by
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids, DataFile, Files, Suite
from fen.wire.errors import ConfigError

_SOURCE = "https://github.com/THUDM/LongWriter/tree/ca6ccd4dec16696d1b8c449b12901c88d4cbf442/evaluation"
_RAW = (
    "https://raw.githubusercontent.com/THUDM/LongWriter/ca6ccd4dec16696d1b8c449b12901c88d4cbf442/evaluation"
)

TASKS = DataFile(
    "longbench_write/longbench_write.jsonl",
    f"{_RAW}/longbench_write.jsonl",
    "1f6e99497cc24d65894d65e014062f398ba946ebdd254b7f8b339e48d3ab5779",
)
PROMPT = DataFile(
    "longbench_write/judge.txt",
    f"{_RAW}/judge.txt",
    "2c423ce88a0eb6a61482f427997a3c03c4bc11fe861102895dcac45926ae1d57",
)
RUBRIC = "longbench_write/1"
CRITERIA = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")

_REQUEST, _RESPONSE = "$INST$", "$RESPONSE$"
_CHINESE = 0x4E00, 0x9FFF


class _Line(msgspec.Struct, frozen=True):
    prompt: str
    type: str
    length: int


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return the tasks, by the number of their line, from 1 on; the judge's prompt travels in the target.

    `max_tokens` is what the suite `longbench_write` allows, so that one answer serves both.
    """
    passing = read_pass(options)
    template = find_file(files, options, PROMPT).read_text("utf-8")
    if template.count(_REQUEST) != 1 or template.count(_RESPONSE) != 1:
        raise ConfigError(f"{PROMPT.path}: found no {_REQUEST} or no {_RESPONSE}, expected one of each")
    path = find_file(files, options, TASKS)
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            line = msgspec.json.decode(text, type=_Line)
        except msgspec.DecodeError as error:
            raise ConfigError(f"{path}, line {number}: {error}, expected a prompt, type and length") from None
        yield Sample(
            id=str(number),
            messages=({"role": "user", "content": line.prompt},),
            target={"template": template, "length": line.length, "passing": passing},
            params={"max_tokens": 2 * line.length + 512},
            stratum=line.type,
            language=_tell_language(line.prompt),
        )


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Have the judge score the text by the six criteria; a text that was cut is judged as far as it goes."""
    ended = find_end(responses[-1], judges_cut=True)
    if ended is not None:
        return ended
    text = responses[-1].text
    if not text.strip():
        return Score("truncated" if responses[-1].cut else "format_error")
    judge = need_judge(aids, SUITE.name)
    body = make_body(None, fill(sample.target["template"], str(sample.messages[0]["content"]), text), None)
    verdict = await judge_by(judge, body, RUBRIC, CRITERIA)
    return judged_score(verdict, sample.target["passing"])


def fill(template: str, request: str, response: str) -> Written:
    """Return the published prompt with request and response in their places; the response is untrusted."""
    before, after = template.split(_RESPONSE)
    before, after = before.replace(_REQUEST, request), after.replace(_REQUEST, request)
    return Written(before + response + after, ((len(before), len(before) + len(response)),))


def _tell_language(prompt: str) -> str:
    chinese = sum(_CHINESE[0] <= ord(letter) <= _CHINESE[1] for letter in prompt)
    return "zh" if chinese * 4 > len(prompt) else "en"


SUITE = Suite(
    name="longbench_write_quality",
    summary="120 writing tasks of up to 20,000 words: quality by the published judge's prompt",
    dimension="generation",
    languages=("zh", "en"),
    licence="Apache-2.0",
    source=_SOURCE,
    files=(TASKS, PROMPT),
    load=load,
    score=score,
    scorer=f"judge:{RUBRIC}",
    template="the task alone",
    judges_cut=True,
    needs_judge=True,
    options={"pass": "4", **FILE_OPTION},
)
