"""Fitting an artefact: evidence in, all that a router needs out.

lay out    outcomes and votes as matrices, requests as features
hold back  a share of the requests, equal texts together
learn      quality, lengths and costs on the rest
measure    calibration and Brier score on what was held back
promise    count there what each guarantee rests on, with thresholds that were fixed on the rest
verify     learn there, by the texts of answers, to tell right ones from wrong ones
refit      on all, where what was held back is too little to promise anything
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen import __version__
from fen.routing.answers import learn_verifier
from fen.routing.artefact import Artefact, Fitted
from fen.routing.drift import Baseline
from fen.routing.expectation import Lessons
from fen.routing.features import featurize
from fen.routing.guarantee import Calibration
from fen.routing.learn import Part, Setting, Told, learn_quality, learn_sizes, tell
from fen.routing.manifest import FORMAT, Manifest, ModelFacts, Recipe
from fen.routing.measures import measure_quality
from fen.routing.outcome import Evidence
from fen.routing.pace import Sample
from fen.routing.pivot import Floats, Matrices, pivot
from fen.routing.promise import promise
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
    kept, held = hold_back(matrices, recipe)
    if not len(held):
        fitted = _learn(whole, recipe, setting)
        told = tell(fitted.quality, fitted.sizes, whole, setting)
        lessons = msgspec.structs.replace(fitted.lessons, sample=_draw_sample(told, fitted, recipe))
        fitted = msgspec.structs.replace(fitted, lessons=lessons)
        return _finish(evidence, whole, fitted, {}, (recipe, setting))
    train, test = whole.take(kept), whole.take(held)
    fitted = _learn(train, recipe, setting)
    seen = tell(fitted.quality, fitted.sizes, test, setting)
    metrics = measure_quality(seen.p, test.matrices.score, _average(train.matrices.score))
    counts = _promise(fitted, train, (test, seen), recipe, setting)
    verifier, sieves = learn_verifier(evidence, test, seen)
    # Prompts that were fitted on look easier to tell apart than others will: a budget is priced by others.
    sample = _draw_sample(seen, fitted, recipe)
    if not counts:
        fitted = _learn(whole, recipe, setting)
    baselines = {one.reference: _draw_baseline(seen, test.matrices, one.reference, recipe) for one in counts}
    lessons = msgspec.structs.replace(
        fitted.lessons, calibrations=counts, sample=sample, sieves=sieves, baselines=baselines
    )
    proven = msgspec.structs.replace(fitted, lessons=lessons, verifier=verifier)
    return _finish(evidence, whole, proven, metrics, (recipe, setting))


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


def _learn(train: Part, recipe: Recipe, setting: Setting) -> Fitted:
    quality, sizes = learn_quality(train, recipe), learn_sizes(train, recipe, setting)
    return Fitted(quality, sizes, Lessons(near=quality.near, means=_list_means(train.matrices)))


def _promise(
    fitted: Fitted, train: Part, held: tuple[Part, Told], recipe: Recipe, setting: Setting
) -> tuple[Calibration, ...]:
    if not recipe.prove:
        return ()
    told = tell(fitted.quality, fitted.sizes, train, setting)
    test, seen = held
    near = fitted.lessons.near
    return promise((train.matrices, told), (test.matrices, seen), near, recipe.pools)


def _draw_sample(told: Told, fitted: Fitted, recipe: Recipe) -> Sample | None:
    """Return the requests by which a budget is priced; None where a cost is not known."""
    if told.currency is None or not np.isfinite(told.cost).all():
        return None
    drawn = np.sort(np.random.default_rng(recipe.seed).permutation(len(told.p))[:_SAMPLED])
    return Sample(fitted.quality.models, told.p[drawn], told.cost[drawn], told.currency)


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


def _finish(
    evidence: Evidence,
    whole: Part,
    fitted: Fitted,
    metrics: Mapping[str, float],
    how: tuple[Recipe, Setting],
) -> Artefact:
    recipe, setting = how
    data = hash_evidence(evidence)
    mark = sha256(msgspec.json.encode((data, recipe, FORMAT, __version__), order="deterministic"))
    guarantees = {one.reference: sum(group.n for group in one.groups) for one in fitted.lessons.calibrations}
    tags = whole.matrices.tags
    manifest = Manifest(
        id=mark.hexdigest()[:12],
        fen=__version__,
        made=setting.now,
        data=data,
        arrays="",
        models=_list_facts(whole.matrices),
        tags={tag: tags.count(tag) for tag in sorted({tag for tag in tags if tag})},
        requests=len(whole.matrices.asked),
        outcomes=len(evidence.outcomes),
        votes=len(evidence.votes),
        recipe=recipe,
        metrics=dict(metrics),
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


def _list_facts(matrices: Matrices) -> tuple[ModelFacts, ...]:
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
