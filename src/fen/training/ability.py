"""What a training costs in ability: IFEval's prompts, answered by a trained model and by its base, in pairs.

Zhou et al., Instruction-Following Evaluation for Large Language Models, 2023 (arXiv 2311.07911); a prompt is
right where all its instructions are followed, read strictly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from fen.evals.ifeval import check_answer, open_reader
from fen.evals.sample import Sample
from fen.evals.statistics.difference import Difference
from fen.evals.statistics.paired import compare
from fen.evals.statistics.pairs import Pair, Pairs
from fen.evals.suite import Files
from fen.evals.suites.ifeval import Target, load
from fen.training.planning import name_ifeval
from fen.wire.errors import ConfigError

LOST = 0.03
"""So much of the share of right prompts may be lost: an interval that has -0.03 in it decides nothing."""


def load_prompts(files: Files) -> tuple[Sample, ...]:
    """Return IFEval's 541 prompts; raises ConfigError where they, or what judges them, cannot be had."""
    return tuple(load(files, {}))


def judge_prompts(samples: Sequence[Sample], answers: Mapping[str, str]) -> dict[str, bool]:
    """Return whether each prompt's answer follows all its instructions, by the prompt's id.

    answers: texts by the id of the question. Raises ConfigError for a prompt that has none.
    """
    judged: dict[str, bool] = {}
    for sample in samples:
        text = answers.get(name_ifeval(sample.id))
        if text is None:
            raise ConfigError(f"ifeval: found no answer to prompt {sample.id}, expected one to each")
        target = msgspec.convert(sample.target, Target)
        reader = open_reader(Path(target.punkt) if target.punkt else None)
        judged[sample.id] = all(item.strict for item in check_answer(text, target.instructions, reader))
    return judged


def compare_ability(trained: Mapping[str, bool], base: Mapping[str, bool], name: str) -> Difference:
    """Return the trained model's share of right prompts less the base model's, in pairs."""
    pairs = [
        Pair(
            suite="ifeval",
            dimension="instruction_following",
            worths=(float(trained[key]), float(base[key])),
            single=True,
            cluster=key,
            stratum=None,
        )
        for key in base
    ]
    return compare(Pairs(tuple(pairs)), name)


def tell_ability(found: Difference) -> str:
    """Say whether ability was kept: `kept`, `lost`, or `undecided` where the interval has -3 points in it."""
    if found.interval is None or found.interval.low <= -LOST <= found.interval.high:
        return "undecided"
    return "kept" if found.interval.low > -LOST else "lost"
