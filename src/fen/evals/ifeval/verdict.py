"""Whether an answer follows its instructions, read strictly and loosely, and what that makes of a whole run.

Loosely, an answer follows an instruction where one of eight readings of it does: as it is, without its first
line, without its last line, without both, and each of these without asterisks. That forgives an introduction,
a closing line and Markdown's bold (Zhou et al. 2023, section 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fen.evals.beside import Aside, Unit
from fen.evals.ifeval.instruction import Instruction, Reader
from fen.evals.ifeval.kinds import read_instruction
from fen.evals.record import Record


class Verdict(msgspec.Struct, frozen=True):
    """Whether one instruction was followed, in both readings."""

    kind: str
    strict: bool
    loose: bool


class IfevalMetrics(msgspec.Struct, frozen=True):
    """The four published numbers as counts: prompts all of whose instructions are followed, and instructions.

    unanswered: prompts without an answer to check; no other count has them.
    """

    prompts: int = 0
    prompts_strict: int = 0
    prompts_loose: int = 0
    instructions: int = 0
    instructions_strict: int = 0
    instructions_loose: int = 0
    unanswered: int = 0

    def shares(self) -> dict[str, float]:
        """Return them as shares of 1, named as lm-eval names them; empty where nothing was answered."""
        if not self.prompts:
            return {}
        return {
            "prompt_level_strict_acc": self.prompts_strict / self.prompts,
            "inst_level_strict_acc": self.instructions_strict / self.instructions,
            "prompt_level_loose_acc": self.prompts_loose / self.prompts,
            "inst_level_loose_acc": self.instructions_loose / self.instructions,
        }


def check_answer(text: str, instructions: Iterable[Mapping[str, Any]], reader: Reader) -> tuple[Verdict, ...]:
    """Return a verdict for each instruction, in order; each is its arguments with its name as `kind`.

    Raises ConfigError of an instruction that is not known, or that the reader lacks the data for.
    """
    readings = list_readings(text)
    verdicts: list[Verdict] = []
    for described in instructions:
        kind = str(described["kind"])
        given = {name: value for name, value in described.items() if name != "kind"}
        verdicts.append(_judge(kind, read_instruction(kind, given), readings, reader))
    return tuple(verdicts)


def _judge(kind: str, instruction: Instruction, readings: Sequence[str], reader: Reader) -> Verdict:
    def follows(text: str) -> bool:
        return not _is_blank(text) and instruction.is_followed(text, reader)

    strict = follows(readings[0])
    return Verdict(kind, strict, strict or any(follows(text) for text in readings[1:]))


def list_readings(text: str) -> tuple[str, ...]:
    """Return the text as it is, and then its other readings, each of them once."""
    lines = text.split("\n")
    cuts = (lines[1:], lines[:-1], lines[1:-1])
    whole = (text, *("\n".join(cut).strip() for cut in cuts))
    return tuple(dict.fromkeys((*whole, *(reading.replace("*", "") for reading in whole))))


def _is_blank(text: str) -> bool:
    return not text.strip()


def ifeval_metrics(records: Iterable[Record]) -> IfevalMetrics:
    """Count what IFEval's records, of all that are given, tell of instructions; epochs count like prompts.

    An answer that was cut at its limit counts as what there is of it, as published numbers have it; a run's
    own scores tell it apart.
    """
    found = IfevalMetrics()
    for record in records:
        if record.suite != "ifeval":
            continue
        verdicts = read_verdicts(record.score.detail)
        found = _add(found, verdicts) if verdicts else _add_unanswered(found)
    return found


def tell_metrics(records: Iterable[Record]) -> Sequence[Aside]:
    """Return the four published numbers as a table, each with its n; nothing where nothing was answered."""
    found = ifeval_metrics(records)
    counted = {"prompt": found.prompts, "inst": found.instructions}
    rows = tuple((name, share, counted[name.partition("_")[0]]) for name, share in found.shares().items())
    columns: dict[str, Unit] = {"measure": "word", "share": "share", "n": "count"}
    return (Aside("published_measures", columns, rows),) if rows else ()


def describe_verdicts(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """Return verdicts as a score's detail, in plain JSON."""
    return {"instructions": [msgspec.to_builtins(verdict) for verdict in verdicts]}


def read_verdicts(detail: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Return the verdicts in a score's detail; none where its answer was not checked."""
    return msgspec.convert(detail.get("instructions", ()), tuple[Verdict, ...])


def _add(found: IfevalMetrics, verdicts: Sequence[Verdict]) -> IfevalMetrics:
    return msgspec.structs.replace(
        found,
        prompts=found.prompts + 1,
        prompts_strict=found.prompts_strict + all(verdict.strict for verdict in verdicts),
        prompts_loose=found.prompts_loose + all(verdict.loose for verdict in verdicts),
        instructions=found.instructions + len(verdicts),
        instructions_strict=found.instructions_strict + sum(verdict.strict for verdict in verdicts),
        instructions_loose=found.instructions_loose + sum(verdict.loose for verdict in verdicts),
    )


def _add_unanswered(found: IfevalMetrics) -> IfevalMetrics:
    return msgspec.structs.replace(found, unanswered=found.unanswered + 1)
