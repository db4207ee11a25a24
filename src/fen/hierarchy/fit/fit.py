"""The guard's making, from texts to artefact: `fen guard train --data DIR --benign DIR`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from fen.hierarchy.artefact import VERSION, Artefact, Manifest, pack_arrays, save_artefact
from fen.hierarchy.calibrate import Threshold, set_thresholds, sort_texts
from fen.hierarchy.detect import Guard
from fen.hierarchy.features import count_signs
from fen.hierarchy.fit.corpus import FOLDERS, Source, read_attacks, read_requests, read_sources
from fen.hierarchy.fit.learn import Learner, Rates
from fen.hierarchy.fit.sample import TRIGGERS, Sampler
from fen.hierarchy.fit.synthetic import write_attacks, write_innocent
from fen.hierarchy.ngrams import fold

COMMAND = "python -m bench.benign && fen guard train --data ../shared/data/hierarchy --benign build/benign"

Tell = Callable[[str], None]


class Amounts(msgspec.Struct, frozen=True):
    """How much is learnt from. benign: windows a source. mined: paragraphs of each source that are searched
    for hard ones after an epoch, of which `hard` are added. texts: a source's texts per length at calibration.
    """

    attacks: int = 70_000
    innocent: int = 25_000
    benign: int = 2_500
    elsewhere: int = 900
    mined: int = 8_000
    hard: int = 500
    texts: int = 800
    rates: Rates = Rates()


def fit_guard(
    data: Path, benign: Path, out: Path, tell: Tell, seed: int = 1, amounts: Amounts = Amounts()
) -> Guard:
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
    weights, network = learner.finish()
    arrays = pack_arrays(weights, network)
    bare = Manifest(VERSION, hashlib.sha256(arrays).hexdigest(), COMMAND, seed, {"": _NONE}, (0.0, 0.0), {})
    bare = msgspec.structs.replace(bare, sources=dict(_list_files(data, benign)))
    signs = _weigh_signs(Guard(Artefact(bare, weights, network)), data, sources, seed)
    tell(f"a mark of another role adds {signs[0]:.2f}, words to an assistant {signs[1]:.2f}")
    bare = msgspec.structs.replace(bare, signs=signs)
    guard = Guard(Artefact(bare, weights, network))
    named = [(source.name, source.paragraphs) for source in read_sources(benign, "calibrate")]
    texts = sort_texts(named, amounts.texts, seed)
    manifest = msgspec.structs.replace(
        bare, thresholds=set_thresholds(texts, lambda text: guard.look(text).logit)
    )
    save_artefact(out, manifest, arrays)
    return Guard(Artefact(manifest, weights, network))


_NONE = Threshold(0.0, 0, False, "")


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
        if 0 < epoch < amounts.rates.epochs - 1:
            found = sum(_mine(learner, sampler, source, seen, amounts) for source in sources)
            tell(f"{found} benign windows more that look like attacks")
    return learner


def _mine(learner: Learner, sampler: Sampler, source: Source, seen: set[str], amounts: Amounts) -> int:
    """Add the windows of a source that the guard, as far as it is, takes for attacks; returns how many."""
    count = min(amounts.mined, len(source.paragraphs))
    drawn = [text for text in sampler.chance.sample(source.paragraphs, count) if text not in seen]
    candidates = Sampler(0)
    for text in drawn:
        candidates.add(fold(text[:600]).data, 0.0)
    if not drawn:
        return 0
    logits = learner.judge(candidates.windows())
    worst = [int(at) for at in np.argsort(-logits, kind="stable")[: amounts.hard] if logits[at] > _HARD]
    for at in worst:
        seen.add(drawn[at])
        sampler.add(candidates.data[at], 0.0)
    return len(worst)


_HARD = -2.0


def _weigh_signs(guard: Guard, data: Path, sources: Sequence[Source], seed: int) -> tuple[float, float]:
    """Learn what the text's two signs add to its logit: logistic regression, never below nothing."""
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    attacks = [*write_attacks(4_000, seed + 1), *chance.sample(list(read_attacks(data, seed + 1)), 1_000)]
    paragraphs = [text for source in sources if source.lang != "other" for text in source.paragraphs]
    benign = [text for text in chance.sample(paragraphs, 30_000) if TRIGGERS.search(text)][:8_000]
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
