"""Routing among many models: gains over the static mixture, and calibration."""

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figures
from bench.route_protocol import BUDGETS
from fen.routing.bench import Router, fit
from fen.routing.quality.calibrate import measure_ece

Array = NDArray[Any]
Pool = tuple[list[str], Array, Array, Array]
SEED = 0
DRAWS = 40  # of outcomes, for the noise floor


class Neighbours:
    """Routes by the mean outcome of the nearest prompts by cosine of TF-IDF."""

    def __init__(self, prompts: Sequence[str], outcomes: Array, costs: Array) -> None:
        # Not of the product, and not in the environment that checks types.
        text: Any = import_module("sklearn.feature_extraction.text")
        self._words = text.TfidfVectorizer(sublinear_tf=True, min_df=2)
        self._known = self._words.fit_transform(prompts)
        self._outcomes, self._costs = outcomes, costs.mean(axis=0)
        self._held = self.predict(prompts)

    def predict(self, prompts: Sequence[str]) -> Array:
        """Return the mean outcome of the 40 nearest, beside the prompt itself where it is known."""
        near = -(self._words.transform(prompts) @ self._known.T).toarray()
        return self._outcomes[np.argpartition(near, 40, axis=1)[:, 1:41]].mean(axis=1)

    def route(self, prompts: Sequence[str], budget: float) -> Array:
        """Return shares by the trade-off that fits the budget on the training prompts."""
        low, high = 0.0, 1e3 / self._costs.mean()
        for _ in range(50):
            middle = (low + high) / 2
            spent = self._costs[(self._held - middle * self._costs).argmax(axis=1)].mean()
            low, high = (middle, high) if spent > budget else (low, middle)
        return np.eye(len(self._costs))[(self.predict(prompts) - high * self._costs).argmax(axis=1)]


class Watched:
    """Fits routers and keeps what each says of its test prompts: probabilities, and who is routed."""

    def __init__(self, prompts: Sequence[str], splits: Sequence[tuple[Array, Array]]) -> None:
        self.p: list[Array] = []
        self.mean: list[Array] = []
        self.routed: list[Array] = []
        self._tests = [[str(prompts[at]) for at in test] for _, test in splits]

    def fit(self, prompts: Sequence[str], outcomes: Array, costs: Array) -> Router:
        """Fit, as the protocol asks."""
        router = fit(prompts, outcomes, costs)
        test = self._tests[len(self.p)]
        self.p.append(router.predict(test))
        self.mean.append(np.tile(outcomes.mean(axis=0), (len(test), 1)))
        self.routed.append(router.find_familiar(test))
        return router

    @property
    def fallback(self) -> float:
        """The share of prompts that got the static mixture."""
        return 1 - float(np.concatenate(self.routed).mean())


def measure_pool(protocol: ModuleType, pool: Pool, name: str, quick: bool) -> Figures:
    """Return a pool's figures, in domain and out of it."""
    prompts, outcomes, costs, group = pool
    splits = list(protocol.folds(prompts, 5, SEED))[: 1 if quick else None]
    watched = Watched(prompts, splits)
    gains = protocol.pool_gains(watched.fit, prompts, outcomes, costs, splits)
    _print(name, "fen", gains)
    others: tuple[tuple[str, Callable[..., Any]], ...] = (
        ("baseline", protocol.Baseline),
        ("knn", Neighbours),
    )
    for other, fitter in others:
        _print(name, other, protocol.pool_gains(fitter, prompts, outcomes, costs, splits))
    tests = np.concatenate([test for _, test in splits])
    best = outcomes[tests].mean(axis=0)
    print(
        f"{name}: random {best.mean():.3f}, best single {best.max():.3f}, "
        f"oracle {outcomes[tests].max(axis=1).mean():.3f}"
    )
    figures = {f"{name}_gain_{round(100 * budget)}": float(gains[budget]["gain"]) for budget in BUDGETS}
    figures |= {
        f"{name}_gain": float(np.mean([gains[budget]["gain"] for budget in BUDGETS])),
        f"{name}_worst_se": float(
            min(_ratio(gains[budget]["gain"], gains[budget]["se"]) for budget in BUDGETS)
        ),
        f"{name}_cost_share": float(np.mean([gains[budget]["cost_share"] for budget in BUDGETS])),
        f"fallback_{name}": watched.fallback,
    }
    figures |= calibration(name, watched, outcomes[tests])
    foreign = list(protocol.folds(prompts, 99, SEED, group))[: 1 if quick else None]
    watched = Watched(prompts, foreign)
    gains = protocol.pool_gains(watched.fit, prompts, outcomes, costs, foreign)
    _print(name, "fen, foreign", gains)
    figures[f"ood_lower_bound_{name}"] = float(min(gains[budget]["lower95"] for budget in BUDGETS))
    figures[f"fallback_ood_{name}"] = watched.fallback
    print(f"{name}: fallback {figures[f'fallback_{name}']:.3f}, out of domain {watched.fallback:.3f}")
    return figures


def calibration(name: str, watched: Watched, outcomes: Array) -> Figures:
    """Return how far held-out probabilities are off, and how much better than the training mean."""
    p = np.concatenate(watched.p).astype(np.float64)
    mean = np.concatenate(watched.mean)
    random = np.random.default_rng(SEED)
    above: list[float] = []
    for expected, right in zip(p.T, outcomes.T, strict=True):
        drawn = (random.random((DRAWS, len(expected))) < expected).astype(float)
        floor = np.mean([measure_ece(expected, one) for one in drawn])
        above.append(measure_ece(expected, right) - float(floor))
    better = ((mean - outcomes) ** 2 - (p - outcomes) ** 2).mean(axis=1)
    ratio = _ratio(better.mean(), better.std(ddof=1) / len(better) ** 0.5)
    print(f"{name}: ECE above its floor {np.mean(above):.4f}, Brier better by {ratio:.1f} standard errors")
    return {f"ece_above_floor_{name}": float(np.mean(above)), f"brier_{name}_se": ratio}


def _ratio(value: float, error: float) -> float:
    return float(value / error) if error > 1e-12 else 0.0


def _print(name: str, who: str, gains: dict[float, dict[str, float]]) -> None:
    cells = [f"{gains[budget]['gain']:+.4f} ({gains[budget]['se']:.4f})" for budget in BUDGETS]
    mean = np.mean([gains[budget]["gain"] for budget in BUDGETS])
    print(f"{name:9}{who:14}{mean:+.4f}   {'  '.join(cells)}", flush=True)
