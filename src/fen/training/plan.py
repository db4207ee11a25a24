"""A plan: all that a comparison of two arms needs, as a folder of JSON lines that can travel to a GPU.

The folder holds `recipe.json`, the arms' examples (`baseline.jsonl`, `treatment.jsonl`), `pairs.jsonl` for
DPO, `questions.jsonl` to evaluate every row on, and `replay.jsonl`, prompts that the base model answers
itself, with `held_out.jsonl`, those among them that no arm is trained on and the replay loss is measured by.
Any file may be compressed by xz (`.jsonl.xz`).
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from fen.training.generate import Question
from fen.training.recipe import Recipe, check_recipe
from fen.training.texts import Example, Pair
from fen.wire.errors import ConfigError

ARMS = ("baseline", "treatment")
_FILES = (*ARMS, "pairs", "questions", "replay", "held_out")

_Row = TypeVar("_Row", bound=msgspec.Struct)


class Plan(msgspec.Struct, frozen=True):
    """A plan in memory. arms: examples by the arm's name; without `baseline`, only the treatment runs."""

    recipe: Recipe
    arms: dict[str, tuple[Example, ...]]
    pairs: tuple[Pair, ...] = ()
    questions: tuple[Question, ...] = ()
    replay: tuple[Question, ...] = ()
    held_out: tuple[Question, ...] = ()

    @property
    def groups(self) -> dict[str, Sequence[Example | Pair | Question]]:
        """All its rows by the name of their file."""
        return {
            **self.arms,
            "pairs": self.pairs,
            "questions": self.questions,
            "replay": self.replay,
            "held_out": self.held_out,
        }

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows of the table: the base model, the arms, and DPO on top of the treatment."""
        return ("base", *self.arms, *(("treatment-dpo",) if self.pairs else ()))


def check_plan(plan: Plan) -> None:
    """Raise ConfigError of a plan whose arms cannot be compared, or whose ids are not each their own."""
    check_recipe(plan.recipe)
    if not plan.arms or not set(plan.arms) <= set(ARMS) or "treatment" not in plan.arms:
        raise ConfigError(f"plan: found the arms {sorted(plan.arms)}, expected {' and '.join(ARMS)}")
    sizes = {name: len(rows) for name, rows in plan.arms.items()}
    if len(set(sizes.values())) > 1:
        raise ConfigError(f"plan: found {sizes} examples, expected as many in each arm")
    for name, rows in plan.groups.items():
        ids = [row.id for row in rows]
        if len(set(ids)) < len(ids):
            twice = next(found for found in ids if ids.count(found) > 1)
            raise ConfigError(f"plan: found the id {twice} twice in {name}, expected each once")
    _check_held_out(plan)


def _check_held_out(plan: Plan) -> None:
    trained = {row.messages for rows in plan.arms.values() for row in rows}
    trained |= {row.messages for row in (*plan.pairs, *plan.replay)}
    for question in (*plan.questions, *plan.held_out):
        if question.messages in trained:
            raise ConfigError(
                f"plan: found the question {question.id} in the training data, expected it apart"
            )


def write_plan(plan: Plan, folder: Path) -> None:
    """Write a plan as a folder, compressed by xz; raises ConfigError where `check_plan` does."""
    check_plan(plan)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.json").write_bytes(msgspec.json.format(msgspec.json.encode(plan.recipe)))
    for name, rows in plan.groups.items():
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        (folder / f"{name}.jsonl.xz").write_bytes(lzma.compress(lines))


def read_plan(folder: Path) -> Plan:
    """Return a folder's plan.

    Raises ConfigError where it is none: a file that is missing, a line that is not what it should be, named
    by file and number, or arms that cannot be compared.
    """
    arms = {name: _read_rows(folder, name, Example) for name in ARMS}
    try:
        recipe = msgspec.json.decode((folder / "recipe.json").read_bytes(), type=Recipe)
    except OSError as error:
        raise ConfigError(f"{folder}/recipe.json: found {error.strerror}, expected a recipe") from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"{folder}/recipe.json: found {error}, expected a recipe") from None
    plan = Plan(
        recipe,
        {name: rows for name, rows in arms.items() if rows},
        _read_rows(folder, "pairs", Pair),
        _read_rows(folder, "questions", Question),
        _read_rows(folder, "replay", Question),
        _read_rows(folder, "held_out", Question),
    )
    check_plan(plan)
    return plan


def hash_plan(folder: Path) -> str:
    """Return the SHA-256 of a plan's rows, whatever they are compressed by."""
    digest = sha256()
    for name in _FILES:
        digest.update(_read(folder, name) or b"")
    return digest.hexdigest()


def read_lines(lines: bytes, kind: type[_Row], name: str) -> tuple[_Row, ...]:
    """Return JSON lines as rows; raises ConfigError that names the first line that is none."""
    decoder, rows = msgspec.json.Decoder(kind), list[_Row]()
    for number, line in enumerate(lines.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(decoder.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"{name}:{number}: found {error}, expected {kind.__name__}") from None
    return tuple(rows)


def _read_rows(folder: Path, name: str, kind: type[_Row]) -> tuple[_Row, ...]:
    found = _read(folder, name)
    return () if found is None else read_lines(found, kind, f"{folder}/{name}.jsonl")


def _read(folder: Path, name: str) -> bytes | None:
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.xz"
    try:
        if packed.exists():
            return lzma.decompress(packed.read_bytes())
        return plain.read_bytes() if plain.exists() else None
    except (OSError, lzma.LZMAError) as error:
        raise ConfigError(f"{folder}/{name}: found {error}, expected JSON lines") from None
