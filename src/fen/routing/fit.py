"""Fitting an artefact: evidence in, all that a router needs out.

lay out    outcomes and votes as matrices, requests as features
hold back  a share of the requests, equal texts together, where a guarantee can rest on it
learn      quality, lengths and costs on the rest
promise    count on what was held back what each guarantee rests on; thresholds are fixed on the rest
measure    calibration and Brier score on requests that were held out
verify     learn there, by the texts of answers, to tell right ones from wrong ones
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.answers import learn_verifier
from fen.routing.artefact import Artefact, Fitted
from fen.routing.drift import Baseline
from fen.routing.expectation import Lessons
from fen.routing.features import featurize
from fen.routing.guarantee import LEAST
from fen.routing.learn import (
    Part,
    Setting,
    Told,
    find_near,
    learn_quality,
    learn_sizes,
    tell,
    tell_held,
)
from fen.routing.manifest import FORMAT, Manifest, ModelFacts, Recipe
from fen.routing.measures import measure_quality
from fen.routing.outcome import Evidence
from fen.routing.pace import Sample
from fen.routing.pivot import Floats, Matrices, pivot
from fen.routing.promise import RIGHT, promise
from fen.wire.errors import InvalidRequest

FEWEST = 25
"""Outcomes, or requests to be held back, below which there is nothing to learn or to measure."""

_SAMPLED = 2000  # requests by which a budget is priced
_WATCHED = 500  # requests from which drift is told


def fit_artefact(evidence: Evidence, recipe: Recipe, setting: Setting) -> Artefact:
    """Return what was learnt of evidence; the same evidence, recipe and prices give the same.

    Raises InvalidRequest for fewer than FEWEST outcomes and votes, and for costs in several currencies.
    """
    count = len(evidence.outcomes) + len(evidence.votes)
    if count < FEWEST:
        raise InvalidRequest(f"found {count} outcomes and votes, expected at least {FEWEST} to learn from")
    matrices = pivot(evidence)
    whole = Part(matrices, featurize(matrices.asked, recipe.bits))
    found = _fit_proven(evidence, whole, recipe, setting) or _fit_whole(evidence, whole, recipe, setting)
    return _finish(evidence, whole, found, (recipe, setting))


class _Found(msgspec.Struct, frozen=True):
    fitted: Fitted
    metrics: Mapping[str, float]


def _fit_whole(evidence: Evidence, whole: Part, recipe: Recipe, setting: Setting) -> _Found:
    """Learn from all; measured is what was told of requests that were held out on the way."""
    lesson, sizes = learn_quality(whole, recipe), learn_sizes(whole, recipe, setting)
    told = tell_held(lesson, sizes, whole, setting)
    verifier, sieves = learn_verifier(evidence, whole, told)
    lessons = Lessons(
        near=find_near(lesson, whole, told),
        means=_list_means(whole.matrices),
        sample=_draw_sample(told, lesson.model.models, recipe),
        sieves=sieves,
    )
    score = whole.matrices.score
    return _Found(
        Fitted(lesson.model, sizes, lessons, verifier), measure_quality(told.p, score, _average(score))
    )


def _fit_proven(evidence: Evidence, whole: Part, recipe: Recipe, setting: Setting) -> _Found | None:
    """Learn from all but what is held back to prove guarantees; None where that is too little for one."""
    kept, held = hold_back(whole.matrices, recipe)
    right = whole.matrices.score[held] >= RIGHT
    if not recipe.prove or not len(held) or right.sum(axis=0).max() < LEAST:
        return None
    train, test = whole.take(kept), whole.take(held)
    lesson, sizes = learn_quality(train, recipe), learn_sizes(train, recipe, setting)
    told, seen = tell_held(lesson, sizes, train, setting), tell(lesson.model, sizes, test, setting)
    near = find_near(lesson, train, told)
    counts = promise((train.matrices, told), (test.matrices, seen), near, recipe.pools)
    if not counts:
        return None
    verifier, sieves = learn_verifier(evidence, test, seen)
    lessons = Lessons(
        near=near,
        means=_list_means(train.matrices),
        calibrations=counts,
        sample=_draw_sample(seen, lesson.model.models, recipe),
        sieves=sieves,
        baselines={
            one.reference: _draw_baseline(seen, test.matrices, one.reference, recipe) for one in counts
        },
    )
    metrics = measure_quality(seen.p, test.matrices.score, _average(train.matrices.score))
    return _Found(Fitted(lesson.model, sizes, lessons, verifier), metrics)


def hold_back(matrices: Matrices, recipe: Recipe) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows to fit on and those held back; equal texts fall together, whatever their tags.

    Where a text falls is told by the text and the seed alone, so that further evidence moves none.
    """
    threshold, salt = int(recipe.held * 2**32), str(recipe.seed).encode()
    drawn = np.array([_draw(one.text, salt) < threshold for one in matrices.asked], np.bool_)
    kept, held = np.flatnonzero(~drawn), np.flatnonzero(drawn)
    if min(len(kept), len(held)) < FEWEST:
        return np.arange(len(drawn)), np.zeros(0, np.intp)
    return kept, held


def _draw(text: str, salt: bytes) -> int:
    return int.from_bytes(sha256(salt + text.encode("utf-8", "surrogatepass")).digest()[:4], "big")


def _draw_sample(told: Told, models: tuple[str, ...], recipe: Recipe) -> Sample | None:
    """Return the requests by which a budget is priced; None where a cost is not known."""
    if told.currency is None or not np.isfinite(told.cost).all():
        return None
    drawn = np.sort(np.random.default_rng(recipe.seed).permutation(len(told.p))[:_SAMPLED])
    return Sample(models, told.p[drawn], told.cost[drawn], told.currency)


def _draw_baseline(seen: Told, matrices: Matrices, reference: str, recipe: Recipe) -> Baseline:
    """Return what the calibration requests looked like, at most so many of them."""
    drawn = np.sort(np.random.default_rng(recipe.seed).permutation(len(seen.p))[:_WATCHED])
    p = seen.p[drawn, matrices.models.index(reference)]
    return Baseline(tuple(seen.familiar[drawn].tolist()), tuple(p.tolist()))


def _list_means(matrices: Matrices) -> dict[str | None, dict[str, float]]:
    """Return each model's mean score by tag, and of all under None."""
    found: dict[str | None, dict[str, float]] = {}
    tags = np.array([tag or "" for tag in matrices.tags])
    for tag in [None, *sorted({tag for tag in matrices.tags if tag})]:
        score = matrices.score if tag is None else matrices.score[tags == tag]
        means = _average(score)
        found[tag] = {
            model: mean
            for model, mean in zip(matrices.models, means.tolist(), strict=True)
            if not np.isnan(mean)
        }
    return found


def _average(score: Floats) -> Floats:
    known = ~np.isnan(score)
    total, count = np.where(known, score, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _finish(evidence: Evidence, whole: Part, found: _Found, how: tuple[Recipe, Setting]) -> Artefact:
    recipe, setting = how
    fitted = found.fitted
    data = hash_evidence(evidence)
    mark = sha256(msgspec.json.encode((data, recipe, FORMAT, version("fen")), order="deterministic"))
    guarantees = {one.reference: sum(group.n for group in one.groups) for one in fitted.lessons.calibrations}
    tags = whole.matrices.tags
    manifest = Manifest(
        id=mark.hexdigest()[:12],
        fen=version("fen"),
        made=setting.now,
        data=data,
        arrays="",
        models=list_facts(whole.matrices),
        tags={tag: tags.count(tag) for tag in sorted({tag for tag in tags if tag})},
        requests=len(whole.matrices.asked),
        outcomes=len(evidence.outcomes),
        votes=len(evidence.votes),
        recipe=recipe,
        metrics=found.metrics,
        guarantees=guarantees,
        aliases={name: data for name, data in setting.aliases.items() if name in whole.matrices.models},
    )
    return Artefact(manifest, fitted)


def hash_evidence(evidence: Evidence) -> str:
    """Return the SHA-256 of what is learnt from, in hex, in whatever order it was read."""
    lines = sorted(msgspec.json.encode(one) for one in (*evidence.outcomes, *evidence.votes))
    digest = sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()


def list_facts(matrices: Matrices) -> tuple[ModelFacts, ...]:
    """Return what a manifest says of each model."""
    tags = np.array([tag or "" for tag in matrices.tags])
    means = _average(matrices.score)
    facts: list[ModelFacts] = []
    for column, model in enumerate(matrices.models):
        times = matrices.times[:, column]
        by_tag = {tag: int(times[tags == tag].sum()) for tag in sorted(set(tags.tolist()) - {""})}
        met = (matrices.votes.model_a == column) | (matrices.votes.model_b == column)
        score = float(means[column])
        facts.append(
            ModelFacts(model, int(times.sum()), by_tag, int(met.sum()), None if np.isnan(score) else score)
        )
    return tuple(facts)
