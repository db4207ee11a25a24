"""Generation: short writing tasks, scored by a judge, or compared by it with a reference of ours.

Option `mode`: `single` scores each text from 1 to 5 by criteria; `pairwise` asks the judge which text is
better, the model's or the reference, in both orders: 1 for the model's, 0.5 for a tie, 0 for the reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from fen.evals.judge.asking import Fault
from fen.evals.judge.pairwise import Comparison, compare
from fen.evals.judge.scoring import need_judge, score_fault
from fen.evals.packs import OPTIONS, PackSuite, describe_task, read_pack, read_target
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids, Files, Suite
from fen.wire.errors import ConfigError

_NAME = "generation"
_PACK = PackSuite(_NAME)
_WORTH = {"a": 1.0, "tie": 0.5, "b": 0.0}
_MODES = ("single", "pairwise")


def load(files: Files, options: Mapping[str, str]) -> Sequence[Sample]:
    """Return the tasks; raises ConfigError for a mode that is none."""
    mode = options.get("mode", _MODES[0])
    if mode not in _MODES:
        raise ConfigError(f"generation.mode: found {mode!r}, expected one of {', '.join(_MODES)}")
    return [_set_mode(sample, mode) for sample in _PACK.load(files, options)]


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Have the judge score the text, or compare it with the reference."""
    if sample.target["mode"] == _MODES[0]:
        return await _PACK.score(sample, responses, aids)
    ended = find_end(responses[-1])
    if ended is not None:
        return ended
    text = responses[-1].text
    if not text.strip():
        return Score("format_error")
    target, rubric = read_target(sample), read_pack(_NAME).rubric
    texts = (text, target.reference)
    judge = need_judge(aids, _NAME)
    return _score_comparison(await compare(judge, rubric, describe_task(sample), texts, target.points))


def _score_comparison(found: Comparison | Fault) -> Score:
    if isinstance(found, Fault):
        return score_fault(found)
    outcome = "correct" if found.winner == "a" else "wrong"
    return Score(outcome, _WORTH[found.winner], found.winner, found.describe())


def _set_mode(sample: Sample, mode: str) -> Sample:
    target: dict[str, Any] = {**sample.target, "mode": mode}
    return replace(sample, target=target)


SUITE = Suite(
    name=_NAME,
    summary="short texts for a purpose: letters, notices, verses, scored by a judge or against a reference",
    dimension="generation",
    languages=("zh", "en"),
    licence="Apache-2.0",
    source="of our own making, in this package",
    load=load,
    score=score,
    scorer="judge:generation/1",
    template="the task alone",
    needs_judge=True,
    options={**OPTIONS, "mode": _MODES[0]},
)
