"""Data sets of others as items, to measure with and never to train on.

TensorTrust (Toyer et al. 2023, arXiv 2311.01011), the test half of BIPIA (Yi et al. 2023, arXiv 2312.14197)
and sys_ifeval, IFEval with its constraints in the system message. They are loaded where `fen.hierarchy.suite`
loads them. Their graders know what an obeying answer is, so that items of theirs have no canary.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fen.hierarchy.suite.case import Case
from fen.hierarchy.suite.sources.bipia import BIPIA_TEST
from fen.hierarchy.suite.sources.source import Source
from fen.hierarchy.suite.sources.sys_ifeval import SYS_IFEVAL
from fen.hierarchy.suite.sources.tensortrust import TENSORTRUST
from fen.training.item import Condition, Item, Kind, Message
from fen.wire.errors import ConfigError

__all__ = ["FOREIGN", "load_foreign"]

FOREIGN: tuple[Source, ...] = (TENSORTRUST, BIPIA_TEST, SYS_IFEVAL)
"""The data sets, each in a folder of its name."""

_KINDS: Mapping[str, Kind] = {
    "hijacking": "open_domain",
    "extraction": "extraction",
    "indirect_injection": "closed_domain",
    "system_constraint": "open_domain",
}


def load_foreign(folder: Path, limit: int | None = None, seed: int = 0) -> tuple[Item, ...]:
    """Return the items of the data sets that a folder has; limit: the most records of each file.

    Raises ConfigError for a folder that has none, and for a file that is not as expected.
    """
    there = [source for source in FOREIGN if source.is_in(folder)]
    if not there:
        wanted = ", ".join(source.name for source in FOREIGN)
        raise ConfigError(f"{folder}: found no data set, expected a folder of one of {wanted}")
    return tuple(
        _make_item(case)
        for source in there
        for case in source.load(folder / source.name, limit, seed).cases
        if _is_text(case)
    )


def _is_text(case: Case) -> bool:
    known = ("system", "user", "assistant")
    return all(
        isinstance(one.get("content"), str) and one.get("role") in known for one in case.prompt.messages
    )


def _make_item(case: Case) -> Item:
    condition: Condition = case.role
    name = case.id.rpartition("-")[0] if case.suite == "tensortrust" else case.id
    group = case.phrasing or name.rpartition("-")[0]
    return Item(
        id=case.id,
        family=f"{case.suite}_{case.category}",
        kind=_KINDS[case.category],
        language=case.language,
        condition=condition,
        template=f"{case.suite}/{group if case.suite == 'bipia' else name}",
        messages=tuple(Message(one["role"], one["content"]) for one in case.prompt.messages),
        target="",
        grader=case.passes,
        phrasing=case.phrasing,
        carrier=case.carrier,
        may_copy=case.may_copy,
    )
