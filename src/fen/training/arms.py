"""The two arms that are compared: the same tasks, order and length, one with conflicts and one without.

Half of the items are in both arms. The other half are conflicts in the treatment arm; in their place the
baseline arm has benign items of the same family, wording and position: by turns a reference, the same kind of
task with harmless text where the order was, and an aligned item, in which the order counts. So both arms see
as many orders in as many places, but only one learns that whose words they are matters.
"""

from __future__ import annotations

from random import Random

import msgspec

from fen.training.item import Item
from fen.training.lengths import Count, count_item, estimate_tokens
from fen.training.replay import make_replay
from fen.training.synth.families import choose_families
from fen.training.synth.family import Family
from fen.training.synth.generate import Purpose, Source, Taken, draw_family
from fen.wire.errors import InvalidRequest

__all__ = ["Arms", "Sizes", "build_arms"]

_CANDIDATES = 3
"""Draws among which the baseline's item is chosen, so that the arms keep the same length."""

_APART = 0.005
"""So far apart, as a share of their tokens, the arms may come out before items are chosen anew."""

_CHINESE = 0.2
"""The share of Chinese items where both languages are trained: the small models hardly know it."""


class Sizes(msgspec.Struct, frozen=True):
    """How many items to make.

    examples: of each arm, half of them conflicts in the treatment. pairs: for DPO. replay: prompts against
    forgetting. seen, unseen: draws of each family that measure, a conflict, an aligned item and a reference
    a draw.
    """

    examples: int = 4500
    pairs: int = 600
    replay: int = 1500
    seen: int = 40
    unseen: int = 125

    def __post_init__(self) -> None:
        counts = (self.examples, self.pairs, self.replay, self.seen, self.unseen)
        if self.examples < 2 or self.examples % 2 or min(counts) < 0:
            raise InvalidRequest(
                f"sizes: found {counts}, expected an even number of examples of at least 2, and none below 0"
            )


class Arms(msgspec.Struct, frozen=True):
    """All that one seed makes.

    treatment, baseline: for SFT, in the order of training; the same places hold the same item or its
    replacement. pairs: conflicts with an answer to prefer and one to reject. replay: prompts of which the
    model's own answers are trained on. seen: new items of trained families; unseen: of held-out ones.
    """

    treatment: tuple[Item, ...]
    baseline: tuple[Item, ...]
    pairs: tuple[Item, ...]
    replay: tuple[Item, ...]
    seen: tuple[Item, ...]
    unseen: tuple[Item, ...]


def build_arms(
    seed: int = 0, sizes: Sizes | None = None, language: str = "both", count: Count = estimate_tokens
) -> Arms:
    """Return both arms with all that goes with them; equal arguments give equal items.

    language: `en`, `zh` or `both`. count: measures texts, so that the arms come out within 1% of each other,
    but for data of a few dozen items. No prompt is in two of the parts. Raises InvalidRequest.
    """
    sizes = sizes or Sizes()
    taken = Taken()
    # What measures is drawn first, so that it stays the same whatever the sizes of training are.
    seen = _draw_each(language, "seen", sizes.seen, seed, taken)
    unseen = _draw_each(language, "unseen", sizes.unseen, seed, taken)
    rows = _build_rows(seed, sizes.examples // 2, language, count, taken)
    order = list(range(2 * len(rows)))
    Random(f"order:{seed}").shuffle(order)  # noqa: S311  tasks, no secrets
    treatment = [item for conflict, _, twin in rows for item in (conflict, twin)]
    baseline = [item for _, instead, twin in rows for item in (instead, twin)]
    shares = _share(choose_families(language, held_out=False), sizes.pairs)
    pairs = [drawn[0] for family, n in shares for drawn in draw_family(family, "pair", n, seed, taken)]
    Random(f"pairs:{seed}").shuffle(pairs)  # noqa: S311  tasks, no secrets
    return Arms(
        treatment=tuple(treatment[at] for at in order),
        baseline=tuple(baseline[at] for at in order),
        pairs=tuple(pairs),
        replay=make_replay(sizes.replay, seed),
        seen=seen,
        unseen=unseen,
    )


def _draw_each(language: str, purpose: Purpose, count: int, seed: int, taken: Taken) -> tuple[Item, ...]:
    families = choose_families(language, held_out=purpose == "unseen")
    return tuple(
        item
        for family in families
        for drawn in draw_family(family, purpose, count, seed, taken)
        for item in drawn
    )


def _build_rows(
    seed: int, count: int, language: str, measure: Count, taken: Taken
) -> list[tuple[Item, Item, Item]]:
    """Return rows of a conflict, what the baseline has instead, and the benign item that both have."""
    rows: list[tuple[Item, Item, Item]] = []
    spares: list[Source] = []
    excess = 0  # tokens that the treatment is ahead
    for family, share in _share(choose_families(language, held_out=False), count):
        treated = Source(family, "train", seed, taken)
        spare = Source(family, "base", seed, taken)
        for number in range(share):
            conflict, aligned, reference = treated.draw()
            wanted = count_item(conflict, measure) + excess
            instead = _pick(spare, number % 2 == 1, wanted, measure)
            excess = wanted - count_item(instead, measure)
            rows.append((conflict, instead, reference if number % 3 == 2 else aligned))
            spares.append(spare)
    return _even_out(rows, spares, excess, measure)


def _pick(spare: Source, aligned: bool, wanted: int, measure: Count) -> Item:
    drawn = [spare.draw()[1 if aligned else 2] for _ in range(_CANDIDATES)]
    return min(drawn, key=lambda item: abs(count_item(item, measure) - wanted))


def _even_out(
    rows: list[tuple[Item, Item, Item]], spares: list[Source], excess: int, measure: Count
) -> list[tuple[Item, Item, Item]]:
    """Return the rows with other items of the baseline, from the last on, while the arms are too far apart.

    The last families may have no benign items as long as their conflicts, and nothing after makes up for it.
    """
    whole = sum(count_item(item, measure) for conflict, _, both in rows for item in (conflict, both))
    for at in reversed(range(len(rows))):
        if abs(excess) <= _APART * whole:
            break
        conflict, instead, both = rows[at]
        wanted = count_item(instead, measure) + excess
        other = _pick(spares[at], instead.condition == "aligned", wanted, measure)
        left = wanted - count_item(other, measure)
        if abs(left) < abs(excess):
            rows[at], excess = (conflict, other, both), left
    return rows


def _share(families: tuple[Family, ...], count: int) -> list[tuple[Family, int]]:
    """Return how many items each family gets: alike within a language, Chinese its share in all."""
    chinese = [family for family in families if family.language == "zh"]
    english = [family for family in families if family.language == "en"]
    if not families:
        raise InvalidRequest("language: found no family in it, expected en, zh or both")
    few = round(count * _CHINESE) if english and chinese else count if chinese else 0
    return [*_split(english, count - few), *_split(chinese, few)]


def _split(families: list[Family], count: int) -> list[tuple[Family, int]]:
    return [
        (family, count // len(families) + (at < count % len(families))) for at, family in enumerate(families)
    ]
