"""The guard's making, from texts to artefact: `fen guard train --data DIR --benign DIR`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from fen.hierarchy.detect import Guard
from fen.hierarchy.detector.artefact import VERSION, Artefact, Manifest, pack_arrays, save_artefact
from fen.hierarchy.detector.calibrate import Threshold, set_thresholds, sort_texts
from fen.hierarchy.detector.features import count_signs
from fen.hierarchy.detector.ngrams import fold
from fen.hierarchy.fit.corpus import FOLDERS, Source, read_attacks, read_requests, read_sources
from fen.hierarchy.fit.learn import Learner, Rates
from fen.hierarchy.fit.sample import TRIGGERS, Sampler
from fen.hierarchy.fit.synthetic import write_attacks, write_innocent

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMMAND = "python -m bench.benign && fen guard train --data ../shared/data/hierarchy --benign build/benign"

Tell = Callable[[str], None]


class Amounts(msgspec.Struct, frozen=True):
    """How much is learnt from.

    benign: windows a source; elsewhere: the same for other languages. mined: paragraphs of each source that
    are searched for hard ones after an epoch, of which at most `hard` are added. texts: how many of each
    length are cut of a source at calibration.
    """

    attacks: int = 80_000
    innocent: int = 35_000
    benign: int = 2_500
    elsewhere: int = 900
    mined: int = 5_000
    hard: int = 400
    texts: int = 1_500
    rates: Rates = Rates()


def fit_guard(data: Path, benign: Path, out: Path, tell: Tell, seed: int, amounts: Amounts) -> Guard:
    """Learn, calibrate and write an artefact; returns the guard of it.

    data: the folder with public sets. benign: that of benign sources, by role and language. The same files,
    seed and amounts bring the same artefact on the same kind of machine. Raises OSError, ValueError.
    """
    sources = read_sources(benign, "train")
    if not sources:
        raise ValueError(
            f"{benign} has no train/LANGUAGE/SOURCE.jsonl, expected what `python -m bench.benign` writes"
        )
    learner = _learn(data, sources, seed, amounts, tell)
    guard, arrays = _finish(learner, seed)
    signs = _weigh_signs(guard, data, sources, seed)
    tell(f"a mark of another role adds {signs[0]:.2f}, words to an assistant {signs[1]:.2f}")
    guard = guard.amend(signs=signs, sources=dict(_list_files(data, benign)))
    named = [(source.name, source.paragraphs) for source in read_sources(benign, "calibrate")]
    texts = sort_texts(named, amounts.texts, seed)
    guard = guard.amend(thresholds=set_thresholds(texts, lambda text: guard.look(text).logit))
    save_artefact(out, guard.manifest, arrays)
    return guard


def _finish(learner: Learner, seed: int) -> tuple[Guard, bytes]:
    """Return a guard without thresholds of what was learnt so far, and its arrays."""
    weights, network = learner.finish()
    arrays = pack_arrays(weights, network)
    unset = {"": Threshold(0.0, 0, False, "")}
    manifest = Manifest(VERSION, hashlib.sha256(arrays).hexdigest(), COMMAND, seed, unset, (0.0, 0.0), {})
    return Guard(Artefact(manifest, weights, network)), arrays


def _learn(data: Path, sources: Sequence[Source], seed: int, amounts: Amounts, tell: Tell) -> Learner:
    sampler = Sampler(seed)
    around = [text for source in sources for text in source.paragraphs[:400]]
    sampler.add_attacks(write_attacks(amounts.attacks, seed), around)
    public = list(read_attacks(data, seed))
    sampler.add_attacks(public, around)
    sampler.add_attacks(public, around)
    for source in sources:
        sampler.add_benign(source, amounts.elsewhere if source.lang == "other" else amounts.benign)
    innocent = [*write_innocent(amounts.innocent, seed), *(list(read_requests(data)) * 3)]
    for text in innocent:
        sampler.add(fold(text).data, 0.0)
    windows = sampler.windows()
    tell(f"{len(windows.labels)} windows, {windows.labels.mean():.0%} of them of attacks")
    learner = Learner(windows, seed, amounts.rates)
    seen: set[str] = set()
    for epoch in range(amounts.rates.epochs):
        learner.learn(sampler.windows(), tell)
        if epoch in _MINING:
            guard = _finish(learner, seed)[0]
            found = sum(_mine(guard, sampler, source, seen, amounts) for source in sources)
            tell(f"{found} benign windows more that look like attacks")
    return learner


def _mine(guard: Guard, sampler: Sampler, source: Source, seen: set[str], amounts: Amounts) -> int:
    """Add the windows of a source that the guard, as far as it is, takes for attacks; returns how many."""
    count = min(amounts.mined, len(source.paragraphs))
    found: list[tuple[float, str, NDArray[np.uint8]]] = []
    for at in sampler.chance.sample(range(len(source.paragraphs)), count):
        text = source.paragraphs[at]
        if sampler.chance.random() < _JOINED:
            text = "\n\n".join(source.paragraphs[at : at + 4])
        if text not in seen:
            folded = fold(text[:2_000])
            logit, start, end = guard.find_worst(folded)
            if logit > _HARD:
                found.append((logit, text, folded.data[start:end]))
    found.sort(key=lambda hard: -hard[0])
    for _, text, data in found[: amounts.hard]:
        seen.add(text)
        sampler.add(data, 0.0)
    return len(found[: amounts.hard])


_JOINED = 0.3
_MINING = (1, 2, 3)  # the epochs after which it is searched
_HARD = -2.0


def _weigh_signs(guard: Guard, data: Path, sources: Sequence[Source], seed: int) -> tuple[float, float]:
    """Learn what the text's two signs add to its logit: logistic regression, never below nothing."""
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    attacks = [*write_attacks(4_000, seed + 1), *_draw(chance, list(read_attacks(data, seed + 1)), 1_000)]
    paragraphs = [text for source in sources if source.lang != "other" for text in source.paragraphs]
    benign = [text for text in _draw(chance, paragraphs, 30_000) if TRIGGERS.search(text)][:8_000]
    texts = [text for text in attacks + benign if text.strip()]
    labels = np.array([at < len(attacks) for at in range(len(texts))], np.float64)
    logits = np.array([guard.look(text).logit for text in texts])
    counts = np.array([count_signs(text) for text in texts], np.float64).clip(max=3)
    weights, offset = np.zeros(2), 0.0
    for _ in range(400):
        error = 1 / (1 + np.exp(-(logits + counts @ weights + offset))) - labels
        weights = np.maximum(0, weights - 2.0 * (error @ counts) / len(texts))
        offset -= 0.5 * float(error.mean())
    return float(weights[0]), float(weights[1])


def _draw(chance: Random, texts: list[str], count: int) -> list[str]:
    return chance.sample(texts, min(count, len(texts)))


def _list_files(data: Path, benign: Path) -> Iterator[tuple[str, str]]:
    """Yield what is read, as `benign/train/en/manpages.jsonl` and `bipia/...`, with its SHA-256."""
    for folder in FOLDERS:
        for path in sorted((data / folder).glob("*")):
            yield f"{folder}/{path.name}", _digest(path)
    for role in ("train", "calibrate"):
        for path in sorted((benign / role).glob("*/*.jsonl")):
            yield f"benign/{path.relative_to(benign).as_posix()}", _digest(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
