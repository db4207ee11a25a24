"""TensorTrust's attacks as untrusted text: without the defenders' post-prompts, and by likeness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import msgspec

from fen.hierarchy.detector.ngrams import fold

SPAN = 50
"""Characters of which the guard's training text may share no run with an attack."""

_SHARED = 12
_ALIKE = 0.3
_GRAM = 5


def read_attacks(folder: Path, kind: str) -> list[str]:
    """Return the attacks of `hijacking.jsonl` or `extraction.jsonl`.

    A user message there is the attack with the defender's post-prompt behind it. `helpful.jsonl` has the same
    defences with their access code in the attack's place, which tells the post-prompt. Some defenders changed
    theirs in between: then it begins where the longest run that both have says.
    """
    closings: dict[str, set[str]] = {}
    for row in _rows(folder / "helpful.jsonl"):
        defence, said = (message["content"] for message in row["messages"])
        closings.setdefault(defence, set()).add(said.removeprefix(row["access_code"]))
    found: list[str] = []
    for row in _rows(folder / f"{kind}.jsonl"):
        defence, said = (message["content"] for message in row["messages"])
        known = sorted(closings.get(defence, set()) - {""}, key=len, reverse=True)
        found.append(_strip(said, known) if row["has_post_prompt"] else said)
    return found


def _strip(said: str, closings: Sequence[str]) -> str:
    for closing in closings:
        if said.endswith(closing):
            return said.removesuffix(closing)
    for closing in closings:
        matcher = SequenceMatcher(None, said, closing, autojunk=False)
        shared = matcher.find_longest_match()
        start = shared.a - shared.b
        if shared.size >= _SHARED and start > 0:
            return said[:start]
    return said


def _rows(path: Path) -> list[Any]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def cluster(attacks: Sequence[str]) -> list[list[int]]:
    """Return the attacks by likeness, the largest cluster first: one joins the first that it is like.

    Like is a Jaccard index of character 5-grams of at least 0.3 with the cluster's first attack.
    """
    heads: list[set[str]] = []
    found: list[list[int]] = []
    for number, attack in enumerate(attacks):
        grams = _grams(attack)
        for head, members in zip(heads, found, strict=True):
            if len(grams & head) >= _ALIKE * len(grams | head):
                members.append(number)
                break
        else:
            heads.append(grams)
            found.append([number])
    return sorted(found, key=len, reverse=True)


def _grams(text: str) -> set[str]:
    plain = " ".join(text.lower().split())[:1_000]
    return {plain[at : at + _GRAM] for at in range(max(1, len(plain) - _GRAM + 1))}


def spans(texts: Iterable[str]) -> set[bytes]:
    """Return every run of SPAN bytes of the texts, folded as for the guard: no long rows of one sign."""
    found: set[bytes] = set()
    for text in texts:
        data = fold(text).data.tobytes().strip()
        found.update(data[at : at + SPAN] for at in range(len(data) - SPAN + 1))
    return found


def count_shared(texts: Iterable[str], known: set[bytes]) -> int:
    """Return how many of the texts share a run of SPAN bytes with what is known."""
    return sum(1 for text in texts if not known.isdisjoint(spans([text])))
