"""A model joins an artefact by a few outcomes, without a new fit: what the artefact knew stays as it was.

quality   its head, told by what the others are expected to do
sizes     its mean length and cost beside what requests ask for; the usual ones where nothing is told
means     its share of right answers, shrunk towards the others' where its outcomes are few
budgets   what it is expected to do and to cost on the requests by which budgets are priced
promises  none: those that were proved are about rules that ask the others alone, and hold for these on

What the rules of guarantees go by (the others' expectations, the familiarity below which the reference is
asked) is the same to the last bit, so that the counts behind them are still theirs. Nothing was counted on
the new model, and no rule asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from statistics import fmean

import msgspec
import numpy as np

from fen.routing.artefact import Artefact, Fitted
from fen.routing.decision import Offer
from fen.routing.features import featurize
from fen.routing.fit import hash_evidence, list_facts
from fen.routing.learn import Part, Setting, infer_tokens, measure_reasoning
from fen.routing.lengths import join_lengths
from fen.routing.manifest import FORMAT, Manifest, Newcomer
from fen.routing.outcome import Evidence
from fen.routing.pace import Sample
from fen.routing.pivot import Floats, Matrices, pivot
from fen.routing.quality.join import join_model
from fen.routing.quality.model import QualityModel
from fen.routing.sizes import Sizes
from fen.wire.errors import InvalidRequest

_MEAN, _TAG = 5.0, 20.0  # outcomes that the others' mean is worth, and the model's own beside that of a tag


def join_artefact(artefact: Artefact, model: str, evidence: Evidence, setting: Setting) -> Artefact:
    """Return an artefact with one more model, from outcomes of its own.

    setting: its price of today too, in the artefact's currency. Raises InvalidRequest for a model that is
    there already, for evidence on others, for too few requests, and for costs in another currency.
    """
    matrices = _lay_out(artefact, model, evidence)
    part = Part(matrices, featurize(matrices.asked, artefact.manifest.recipe.bits))
    fitted = artefact.fitted
    quality = join_model(fitted.quality, model, part.rows, matrices.score[:, 0])
    lengths = infer_tokens(matrices, setting.rates)[:, 0]
    sizes = _join_sizes(fitted.sizes, model, part, lengths)
    lessons = msgspec.structs.replace(
        fitted.lessons,
        means=_join_means(fitted.lessons.means, model, matrices),
        sample=_join_sample(fitted.lessons.sample, quality, _tell_cost(sizes, model, part, setting)),
    )
    newcomer = Newcomer(
        model=model,
        outcomes=len(evidence.outcomes),
        requests=len(matrices.asked),
        data=hash_evidence(evidence),
        made=setting.now,
        lengths=_count(lengths) if sizes.lengths is not None else 0,
        costs=_count(matrices.cost[:, 0]) if sizes.costs is not None else 0,
    )
    manifest = _sign(artefact.manifest, newcomer, matrices, setting)
    return Artefact(manifest, Fitted(quality, sizes, lessons, fitted.verifier))


def find_artefact_currency(artefact: Artefact) -> str | None:
    """Return the currency of an artefact's costs; None where it knows none."""
    sample = artefact.lessons.sample
    return artefact.fitted.sizes.currency or (None if sample is None else sample.currency)


def _lay_out(artefact: Artefact, model: str, evidence: Evidence) -> Matrices:
    if model in artefact.models:
        raise InvalidRequest(f"found {model} in the artefact already, expected one that it does not know")
    others = sorted({one.model for one in evidence.outcomes} - {model})
    if others:
        raise InvalidRequest(f"found outcomes of {', '.join(others)}, expected those of {model} alone")
    if evidence.votes:
        raise InvalidRequest(f"found {len(evidence.votes)} votes, expected outcomes of {model} alone")
    matrices = pivot(evidence, [model])
    expected = find_artefact_currency(artefact)
    if None not in (matrices.currency, expected) and matrices.currency != expected:
        raise InvalidRequest(f"found costs in {matrices.currency}, expected {expected} as in the artefact")
    return matrices


def _join_sizes(sizes: Sizes, model: str, part: Part, lengths: Floats) -> Sizes:
    rows, tags, costs = part.rows, part.matrices.tags, part.matrices.cost[:, 0]
    return msgspec.structs.replace(
        sizes,
        lengths=None if sizes.lengths is None else join_lengths(sizes.lengths, model, rows, lengths, tags),
        costs=None if sizes.costs is None else join_lengths(sizes.costs, model, rows, costs, tags),
        models=(*sizes.models, model),
        reasoning=np.append(sizes.reasoning, measure_reasoning(part.matrices)),
    )


def _join_means(
    means: Mapping[str | None, Mapping[str, float]], model: str, matrices: Matrices
) -> dict[str | None, dict[str, float]]:
    """Return means with the model's own for every tag that has any; a tag that nobody else has gets none."""
    score, usual = matrices.score[:, 0], means.get(None, {}).values()
    own = _shrink(score, fmean(usual) if usual else 0.5, _MEAN)
    found: dict[str | None, dict[str, float]] = {}
    for tag, others in means.items():
        at = [row for row, given in enumerate(matrices.tags) if given == tag]
        found[tag] = {**others, model: own if tag is None else _shrink(score[at], own, _TAG)}
    return found


def _shrink(scores: Floats, towards: float, prior: float) -> float:
    return (float(scores.sum()) + prior * towards) / (len(scores) + prior)


def _tell_cost(sizes: Sizes, model: str, part: Part, setting: Setting) -> tuple[float, str] | None:
    """Return what the model is expected to cost on its own requests, on average; None where nothing tells."""
    offer = Offer(model, setting.rates.get(model))
    costs = [row[0][1] for row in sizes.expect(part.matrices.asked, part.rows, [offer], [model])]
    told = [money for money in costs if money is not None]
    if len(told) < len(costs):
        return None
    return fmean(float(money.amount) for money in told), told[0].currency


def _join_sample(
    sample: Sample | None, quality: QualityModel, cost: tuple[float, str] | None
) -> Sample | None:
    """Return the sample with the newest model, whose cost goes up and down with the others'.

    Its requests' words are not kept, so their costs are told by those of the others: the mean is taken to be
    that of the requests that the model joined by. Without a cost it is left out, and sets no price.
    """
    if sample is None or cost is None or cost[1] != sample.currency:
        return sample
    at = [sample.models.index(model) for model in quality.models]
    p = quality.infer_joined(sample.p[:, at])[:, -1:]
    means = sample.cost.mean(axis=0)
    dear = means > 0
    shape = (sample.cost[:, dear] / means[dear]).mean(axis=1) if dear.any() else np.ones(len(sample.cost))
    return Sample(
        (*sample.models, quality.names[-1]),
        np.concatenate([sample.p, p.astype(np.float64)], axis=1),
        np.column_stack([sample.cost, cost[0] * shape]),
        sample.currency,
    )


def _count(values: Floats) -> int:
    return int((values > 0).sum())


def _sign(manifest: Manifest, newcomer: Newcomer, matrices: Matrices, setting: Setting) -> Manifest:
    mark = sha256(msgspec.json.encode((manifest.id, newcomer.model, newcomer.data, FORMAT)))
    alias = setting.aliases.get(newcomer.model)
    return msgspec.structs.replace(
        manifest,
        id=mark.hexdigest()[:12],
        models=(*manifest.models, *list_facts(matrices)),
        aliases=manifest.aliases if alias is None else {**manifest.aliases, newcomer.model: alias},
        joined=(*manifest.joined, newcomer),
    )
