"""sys_ifeval: IFEval with the constraints in the system message and the task in the user's.

The files are those of normster/RealGuardrails. A line: {"key", "instruction_id_list", "kwargs", "messages"}.
A constraint that no program here checks makes its line unsupported; they are counted.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from fen.hierarchy.privilege import Privilege
from fen.hierarchy.suite.case import Case, Prompt
from fen.hierarchy.suite.constraints import is_supported
from fen.hierarchy.suite.rubric import All, Follows
from fen.hierarchy.suite.sources.read import read_records, sample
from fen.hierarchy.suite.sources.source import Loaded, Source

_FILE = "sys_ifeval.jsonl"
_MAX_TOKENS = 1024
_REPEAT = "combination:repeat_prompt"


class _Record(msgspec.Struct, frozen=True):
    key: int
    instruction_id_list: list[str]
    kwargs: list[dict[str, Any]]
    messages: list[dict[str, Any]]

    @property
    def constraints(self) -> list[tuple[str, dict[str, Any]]]:
        """The constraints with their arguments, those that are null left out."""
        pairs = zip(self.instruction_id_list, self.kwargs, strict=False)
        return [
            (name, {key: value for key, value in given.items() if value is not None}) for name, given in pairs
        ]


def _load(folder: Path, limit: int | None, seed: int) -> Loaded:
    cases: list[Case] = []
    unsupported: Counter[str] = Counter()
    for record in sample(read_records(folder / _FILE, _Record), limit, seed, _FILE):
        unknown = [name for name, given in record.constraints if not is_supported(name, given)]
        if unknown or not record.constraints:
            unsupported.update(f"sys_ifeval: {name}" for name in unknown or ["no constraint"])
            continue
        cases.append(_make_case(record))
    return Loaded(tuple(cases), dict(unsupported))


def _make_case(record: _Record) -> Case:
    asked = str(record.messages[-1].get("content"))
    rubrics: list[Follows] = []
    for name, given in record.constraints:
        # The task was shortened when its constraints moved to the system message: what is to be repeated too.
        kept = given | {"prompt_to_repeat": asked} if name == _REPEAT else given
        rubrics.append(Follows(name, kept))
    return Case(
        id=f"sys_ifeval-{record.key}",
        suite="sys_ifeval",
        category="system_constraint",
        higher=Privilege.SYSTEM,
        lower=Privilege.USER,
        role="reference",
        prompt=Prompt(tuple(record.messages), max_tokens=_MAX_TOKENS),
        passes=All(tuple(rubrics)),
        may_copy=_REPEAT in record.instruction_id_list,
    )


SYS_IFEVAL = Source("sys_ifeval", (_FILE,), _load)
