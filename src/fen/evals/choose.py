"""Which of a suite's samples a run plays, in which order: the same for everybody who asks for as many."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from fen.evals.sample import Sample


def choose_samples(samples: Sequence[Sample], limit: int | None, seed: int) -> list[Sample]:
    """Return at most `limit` samples, drawn by the seed; a smaller limit's are the first of a larger one's.

    Strata take part by their size: a stratum's samples are put in a random order, its k-th of n stands at
    (k - 1/2) / n of the way, and the samples are taken by where they stand. So any number of them has each
    stratum in proportion, within one sample or so. Chance is a hash of seed and id: what else the suite has
    does not change a draw.
    """
    drawn = sorted(samples, key=lambda sample: _draw(sample.id, seed))
    strata: dict[str | None, list[Sample]] = {}
    for sample in drawn:
        strata.setdefault(sample.stratum, []).append(sample)
    if len(strata) > 1:
        placed = [
            ((number + 0.5) / len(members), _draw(sample.id, seed), sample)
            for members in strata.values()
            for number, sample in enumerate(members)
        ]
        drawn = [sample for _, _, sample in sorted(placed, key=lambda place: place[:2])]
    return drawn[:limit]


def _draw(sample_id: str, seed: int) -> bytes:
    return blake2b(f"{seed}\n{sample_id}".encode(), digest_size=8).digest()
