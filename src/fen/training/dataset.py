"""A data set on disk: a file of items for each part, and a manifest that says what is in them.

treatment.jsonl baseline.jsonl    the arms, for SFT; the order is that of training
pairs.jsonl                       conflicts with `rejected`, for DPO
replay.jsonl                      prompts without a target: the model's own answers go with them
seen.jsonl unseen.jsonl           what measures: new items of trained families, and held-out families
foreign.jsonl                     data sets of others, where they were at hand
manifest.json                     counts, hashes, seed, families
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from fen.training.arms import Arms, Sizes
from fen.training.item import Item, write_items
from fen.training.lengths import Count, count_items, estimate_tokens
from fen.training.synth.families import choose_families
from fen.wire.errors import ConfigError, InvalidRequest

__all__ = ["VERSION", "Extras", "Making", "Manifest", "Part", "read_manifest", "write_arms"]

VERSION = 1
"""Of the files' format and of the recipes; data of another version are another data set."""

MANIFEST = "manifest.json"
"""The manifest's name in a data set's folder."""


_OPTIONAL = ("foreign", "teacher")  # parts that are written where there are items of them


class Part(msgspec.Struct, frozen=True):
    """What is in one file. tokens: prompts and answers, by the counter that the data set was made with."""

    items: int
    tokens: int
    sha256: str
    conditions: dict[str, int]
    positions: dict[str, dict[str, int]]
    families: dict[str, int]
    languages: dict[str, int]


class Manifest(msgspec.Struct, frozen=True):
    """What a data set is. data: the SHA-256 over all parts' hashes; teacher: the model that wrote targets."""

    version: int
    seed: int
    language: str
    sizes: Sizes
    data: str
    trained: tuple[str, ...]
    held_out: tuple[str, ...]
    parts: dict[str, Part]
    teacher: str | None = None


class Making(msgspec.Struct, frozen=True):
    """What a data set was made by."""

    seed: int
    language: str
    sizes: Sizes
    teacher: str | None = None


class Extras(msgspec.Struct, frozen=True):
    """What a data set may have beside the arms: data sets of others, and what a teacher wrote."""

    foreign: tuple[Item, ...] = ()
    taught: tuple[Item, ...] = ()


def write_arms(
    folder: Path,
    arms: Arms,
    making: Making,
    extras: Extras | None = None,
    *,
    leave_out: Collection[str] = (),
    count: Count = estimate_tokens,
) -> Manifest:
    """Write a data set into a folder, which is made, and return its manifest.

    leave_out: parts that are not written. count: measures texts for the manifest. Raises ConfigError where
    the folder cannot be written to.
    """
    extras = extras or Extras()
    parts: Mapping[str, tuple[Item, ...]] = {
        "treatment": arms.treatment,
        "baseline": arms.baseline,
        "pairs": arms.pairs,
        "replay": arms.replay,
        "seen": arms.seen,
        "unseen": arms.unseen,
        "foreign": extras.foreign,
        "teacher": extras.taught,
    }
    written: dict[str, Part] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, items in parts.items():
            if name not in leave_out and (items or name not in _OPTIONAL):
                digest = write_items(folder / f"{name}.jsonl", items)
                written[name] = _describe(items, digest, count)
        manifest = _make_manifest(written, making)
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (folder / MANIFEST).write_bytes(text + b"\n")
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written to ({error.strerror}), expected a folder") from None
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a data set's folder; raises InvalidRequest for none, and for another version."""
    path = folder / MANIFEST
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise InvalidRequest(f"found no {path} ({error.strerror}), expected a manifest") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path}: found no manifest ({error}), expected one") from None
    if found.version != VERSION:
        raise InvalidRequest(f"{path}: found version {found.version}, expected {VERSION}")
    return found


def _make_manifest(parts: dict[str, Part], making: Making) -> Manifest:
    digest = hashlib.sha256("".join(f"{name}:{part.sha256}\n" for name, part in parts.items()).encode())
    return Manifest(
        version=VERSION,
        seed=making.seed,
        language=making.language,
        sizes=making.sizes,
        data=digest.hexdigest(),
        trained=tuple(family.name for family in choose_families(making.language, held_out=False)),
        held_out=tuple(family.name for family in choose_families(making.language, held_out=True)),
        parts=parts,
        teacher=making.teacher,
    )


def _describe(items: Sequence[Item], digest: str, count: Count) -> Part:
    positions: dict[str, Counter[str]] = {}
    for item in items:
        positions.setdefault(item.condition, Counter())[item.position] += 1
    return Part(
        items=len(items),
        tokens=count_items(items, count),
        sha256=digest,
        conditions=_sort(Counter(item.condition for item in items)),
        positions={name: _sort(counts) for name, counts in sorted(positions.items())},
        families=_sort(Counter(item.family for item in items)),
        languages=_sort(Counter(item.language for item in items)),
    )


def _sort(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
