"""What the adapter that comes with Fen scores through Fen, beside what its training measured.

`python -m bench.taught --enforce` makes the items that its training was measured by again, from their seed,
asks the embedded model with the adapter each of them through the whole pipeline, greedily, and judges the
answers by the same graders. The training measured in the numbers that the manifest names, whereas Fen serves
4-bit weights with the adapter in 16 bits. The bar: of all families together, in English and in both
languages, each score lies in the 95% interval that the manifest has; Chinese items are few, and their rows
are shown without a bar. `--limit N` asks N items of each family and condition.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fen.app import load_settings
from fen.app.evaluating import Evaluator, open_evaluator
from fen.app.manifest import Score, read_manifest
from fen.app.settings import EMBEDDED
from fen.app.shipped import SHIPPED
from fen.hierarchy.suite import Prompt
from fen.training.arms import Sizes, build_arms
from fen.training.item import Item
from fen.training.planning import ANSWER
from fen.training.scoring import ALL, Group, Table, score
from fen.wire.errors import ConfigError

SLOTS = 8
"""Answers that the model writes at once."""

_CONFIG = f'[embedded."{EMBEDDED}"]\nshipped_adapter = true\nslots = {SLOTS}\ncontext_length = 2048\n'
_ARM = "treatment"


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print the table, and return 1 where --enforce finds a bar missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.taught", description="What is served.")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 where a bar is missed")
    parser.add_argument("--limit", type=int, help="so many items of each family and condition")
    options = parser.parse_args(arguments)
    told = read_told(SHIPPED)
    groups = choose_items(options.limit)
    answers = asyncio.run(ask_all([item for items in groups.values() for item in items]))
    met = show(score(groups, {_ARM: answers}), told)
    return int(options.enforce and not met)


def read_told(adapter: Path) -> dict[str, Score]:
    """Return the scores that an adapter's manifest has of its own arm, by name; raises ConfigError."""
    manifest = read_manifest(adapter)
    if manifest is None:
        raise ConfigError(f"{adapter}: found no manifest beside it, expected one")
    return {found.name: found for found in manifest.scores if found.arm == _ARM}


def choose_items(limit: int | None) -> dict[Group, tuple[Item, ...]]:
    """Return the items that measured the training: they are drawn first, whatever else is made."""
    arms = build_arms(0, Sizes(examples=2, pairs=0, replay=0))
    return {"seen": _cut(arms.seen, limit), "unseen": _cut(arms.unseen, limit)}


def _cut(items: Sequence[Item], limit: int | None) -> tuple[Item, ...]:
    taken: dict[tuple[str, str], int] = {}
    chosen: list[Item] = []
    for item in items:
        kind = item.family, item.condition
        taken[kind] = taken.get(kind, 0) + 1
        if limit is None or taken[kind] <= limit:
            chosen.append(item)
    return tuple(chosen)


async def ask_all(items: Sequence[Item]) -> dict[str, str]:
    """Return the served model's answer to each item, by its id."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "fen.toml"
        config.write_text(_CONFIG)
        settings = load_settings(config, os.environ | {"FEN_HOME": home})
        async with open_evaluator(settings, EMBEDDED, {"temperature": 0}, guarded=False) as ask:
            turn = asyncio.Semaphore(SLOTS)
            said = await asyncio.gather(*(_ask(ask, item, turn) for item in items))
    return dict(zip((item.id for item in items), said, strict=True))


async def _ask(ask: Evaluator, item: Item, turn: asyncio.Semaphore) -> str:
    messages = tuple({"role": one.role, "content": one.content} for one in item.messages)
    async with turn:
        return (await ask(Prompt(messages, max_tokens=ANSWER), guarded=False)).text


def show(table: Table, told: Mapping[str, Score]) -> bool:
    """Print a line for each score, and return whether all lie where the training's own do."""
    met = True
    print(f"{'':28}{'items':>6}{'through Fen':>13}{'training':>10}{'95%':>16}")
    for row in table.rows:
        name = f"{row.group}, {row.condition}, {row.scope}"
        if row.family != ALL or name not in told:
            continue
        wanted, found = told[name], row.scores[_ARM].mean
        if found is None or wanted.low is None or wanted.high is None:
            continue
        inside = wanted.low <= 100 * found <= wanted.high
        judged = row.scope != "zh"
        met &= inside or not judged
        ends = f"{wanted.low:.1f} to {wanted.high:.1f}"
        said = "" if inside else "missed" if judged else "outside"
        print(f"{name:28}{row.items:6}{100 * found:13.1f}{wanted.value:10.1f}{ends:>16}  {said}")
    print(f"bench.taught: {'PASS' if met else 'FAIL'}: the scores through Fen agree with the training's own")
    return met


if __name__ == "__main__":
    sys.exit(main())
