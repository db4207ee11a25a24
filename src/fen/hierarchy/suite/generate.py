"""Draws cases from the families: the same seed draws the same ones, and every variant equally often."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import product
from random import Random

from fen.hierarchy.suite.case import Case, Language
from fen.hierarchy.suite.families import FAMILIES
from fen.hierarchy.suite.family import Draw, Family

_LANGUAGES: tuple[Language, ...] = ("en", "zh")


def draw_family(
    family: Family,
    count: int,
    seed: int = 0,
    *,
    phrasings: Collection[str] = (),
    carriers: Collection[str] = (),
) -> tuple[Case, ...]:
    """Return `count` draws of a family, three cases each.

    phrasings, carriers: the only ones to use; empty: all of the family's. Languages take turns; phrasings and
    carriers are as frequent as the count allows. Raises ValueError where none is left.
    """
    spoken = [name for name in family.phrasings if not phrasings or name in phrasings]
    carried = [name for name in family.carriers if not carriers or name in carriers]
    if not spoken or not carried:
        found = f"{sorted(phrasings)} and {sorted(carriers)}"
        expected = f"some of {family.phrasings} and of {family.carriers}"
        raise ValueError(f"family {family.name}: found {found}, expected {expected}")
    cells = _deal(spoken, carried, Random(f"{family.name}:{seed}"))  # noqa: S311  tasks, no secrets
    cases: list[Case] = []
    for number in range(count):
        phrasing, carrier = cells[(number // len(_LANGUAGES)) % len(cells)]
        random = Random(f"{family.name}:{seed}:{number}")  # noqa: S311  tasks, no secrets
        language = _LANGUAGES[number % len(_LANGUAGES)]
        cases += family.draw(Draw(number, language, phrasing, carrier, random))
    return tuple(cases)


def draw_all(names: Iterable[str], count: int, seed: int = 0) -> tuple[Case, ...]:
    """Return draws of several families, by name, in the families' order; raises ValueError."""
    wanted = set(names)
    known = {family.name for family in FAMILIES}
    if unknown := wanted - known:
        raise ValueError(f"found the families {sorted(unknown)}, expected some of {sorted(known)}")
    chosen = [family for family in FAMILIES if family.name in wanted]
    return tuple(case for family in chosen for case in draw_family(family, count, seed))


def _deal(spoken: list[str], carried: list[str], random: Random) -> list[tuple[str, str]]:
    """Return all pairs, so that any beginning has every phrasing and every carrier about equally often."""
    random.shuffle(spoken)
    random.shuffle(carried)
    longer, shorter = max(len(spoken), len(carried)), min(len(spoken), len(carried))
    order: list[tuple[str, str]] = []
    for shift, place in product(range(shorter), range(longer)):
        first, second = place, (place + shift) % shorter
        pair = (first, second) if len(spoken) == longer else (second, first)
        order.append((spoken[pair[0]], carried[pair[1]]))
    return order
