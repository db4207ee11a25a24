"""A strong model and a weak one: the gap recovered by asking the strong one where it is expected to help."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figures
from fen.routing.bench import fit

Array = NDArray[Any]
FOLDS, LABELS = 5, 1_500


def measure_pair(protocol: ModuleType, pair: tuple[list[str], Array, Array], quick: bool) -> Figures:
    """Return mean gains over the frozen baseline on the same splits; quick: by few labels alone."""
    prompts, outcomes, subjects = pair
    seeds, draws = (0, 2) if quick else (5, 20)
    figures: Figures = {}
    few = [(list(protocol.folds(prompts, FOLDS, seed))[:1], LABELS, seed) for seed in range(draws)]
    whole = [(list(protocol.folds(prompts, FOLDS, seed)), None, seed) for seed in range(seeds)]
    apart = [(list(protocol.folds(prompts, FOLDS, seed, subjects)), None, seed) for seed in range(seeds)]
    for name, runs in (("1500", few), ("5fold", whole), ("leave_subject_out", apart)):
        if not runs:
            continue
        told = [
            [_score(protocol, one, prompts, outcomes, run) for run in runs]
            for one in (fit, baseline(protocol))
        ]
        gains = np.array(told[0]) - np.array(told[1])
        figures[f"mmlu_gain_{name}"] = float(gains.mean())
        figures[f"mmlu_gain_{name}_positive"] = float((gains > 0).mean())
        figures[f"mmlu_apgr_{name}"] = float(np.mean(told[0]))
        figures[f"baseline_apgr_{name}"] = float(np.mean(told[1]))
        print(
            f"mmlu {name:18} fen {np.mean(told[0]):.4f}, baseline {np.mean(told[1]):.4f}, random 0.5, "
            f"gain {gains.mean():+.4f}, positive in {int((gains > 0).sum())} of {len(gains)}",
            flush=True,
        )
    return figures


def baseline(protocol: ModuleType) -> Callable[..., Any]:
    """Return the frozen baseline without its trade-off, which a pair does not use."""

    class Plain(protocol.Baseline):
        def __init__(self, prompts: Sequence[str], outcomes: Array, costs: Array) -> None:
            self._learn(prompts, outcomes)

    return Plain


def _score(
    protocol: ModuleType,
    fitter: Callable[..., Any],
    prompts: list[str],
    outcomes: Array,
    run: tuple[list[tuple[Array, Array]], int | None, int],
) -> float:
    """Return the APGR of all test prompts of a run, trained on so many labels of each fold."""
    splits, labels, seed = run
    random = np.random.default_rng(seed)
    score = np.full(len(prompts), np.nan)
    free = np.ones_like(outcomes)
    for train, test in splits:
        chosen = random.choice(train, labels, replace=False) if labels else train
        model = fitter([prompts[at] for at in chosen], outcomes[chosen], free[chosen])
        p = model.predict([prompts[at] for at in test])
        score[test] = p[:, 0] - p[:, 1]
    seen = ~np.isnan(score)
    return protocol.apgr(score[seen], outcomes[seen])
