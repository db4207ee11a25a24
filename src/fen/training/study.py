"""A whole study: from a data set's folder to adapters, answers and the table with its bars."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fen.evals.statistics.difference import Difference
from fen.evals.suite import Files
from fen.training.ability import compare_ability, judge_prompts, load_prompts, tell_ability
from fen.training.arms import Arms
from fen.training.compare import Comparison, compare
from fen.training.generate import Written
from fen.training.item import Item, read_items
from fen.training.model import open_tokenizer
from fen.training.plan import Plan, read_lines, read_plan, write_plan
from fen.training.planning import Measures, list_asked, make_plan, name_ifeval
from fen.training.recipe import Recipe
from fen.training.report import Report, make_report, write_report
from fen.training.row import Site
from fen.training.scoring import Group, score
from fen.wire.errors import ConfigError

KEPT = 0.02
"""So much may the replay loss rise."""

_PARTS = ("treatment", "baseline", "pairs", "replay", "seen", "unseen")
_GROUPS: tuple[Group, ...] = ("seen", "unseen", "foreign")


class Kept(msgspec.Struct, frozen=True):
    """What of its ability a row has kept, against the base model.

    replay: the change of the replay loss, as a share of the base model's; None where it was not measured.
    ifeval: the difference in right prompts; ability: what that says. length: the mean tokens of an answer to
    an IFEval prompt, as a share of the base model's: a short answer may keep to the form, and say less.
    """

    replay: float | None
    ifeval: Difference | None
    ability: str
    length: float | None


class Study(msgspec.Struct, frozen=True):
    """All that a study found."""

    comparison: Comparison
    report: Report | None
    kept: dict[str, Kept]


class Assignment(msgspec.Struct, frozen=True):
    """What a study is to do.

    data: a data set's folder, as `fen hierarchy synth` writes it. both: whether the baseline arm is trained
    too; pairs: whether DPO follows. files: finds IFEval's prompts, where they are to be asked.
    """

    data: Path
    recipe: Recipe
    both: bool = True
    pairs: bool = True
    files: Files | None = None


async def run_study(site: Site, assignment: Assignment) -> Study:
    """Plan, train, measure, and write all into the site's folder; goes on where it stopped.

    Raises ConfigError of what is wrong, before work starts where it can be told then.
    """
    arms = read_arms(assignment.data)
    folder = site.out / "plan"
    if not folder.exists():
        write_plan(plan_study(site, assignment, arms), folder)
    comparison = await compare(folder, site)
    study = judge_study(site, assignment, arms, comparison)
    (site.out / "study.json").write_bytes(msgspec.json.format(msgspec.json.encode(study)))
    if study.report is not None:
        write_report(site.out, study.report)
    return study


def read_foreign(folder: Path) -> tuple[Item, ...]:
    """Return a data set's items of others' data sets; empty where it has none."""
    path = folder / "foreign.jsonl"
    return read_items(path) if path.exists() else ()


def read_arms(folder: Path) -> Arms:
    """Return a data set's parts; raises InvalidRequest where one is missing or is none."""
    return Arms(**{part: read_items(folder / f"{part}.jsonl") for part in _PARTS})


def plan_study(site: Site, assignment: Assignment, arms: Arms) -> Plan:
    """Return the plan of what is assigned."""
    prompts = load_prompts(assignment.files) if assignment.files else ()
    texts = {sample.id: str(sample.messages[0]["content"]) for sample in prompts}
    measures = Measures(read_foreign(assignment.data), texts)
    plan = make_plan(open_tokenizer(site.base), assignment.recipe, arms, measures)
    if not assignment.both:
        plan = msgspec.structs.replace(plan, arms={"treatment": plan.arms["treatment"]})
    return plan if assignment.pairs else msgspec.structs.replace(plan, pairs=())


def judge_study(site: Site, assignment: Assignment, arms: Arms, comparison: Comparison) -> Study:
    """Return what a comparison's answers are worth: the table against the baseline, and what was kept."""
    plan = read_plan(site.out / "plan")
    written = {row: _read_answers(site, row) for row in plan.rows}
    answers = {row: {key: one.text for key, one in found.items()} for row, found in written.items()}
    first = "baseline" if "baseline" in answers else "base"
    ordered = {first: answers[first], **answers}
    items = {"seen": arms.seen, "unseen": arms.unseen, "foreign": read_foreign(assignment.data)}
    groups: dict[Group, tuple[Item, ...]] = {name: list_asked(plan, items[name]) for name in _GROUPS}
    report = make_report(score({name: found for name, found in groups.items() if found}, ordered))
    return Study(comparison, report, _judge_kept(assignment, comparison, answers, written))


def _judge_kept(
    assignment: Assignment,
    comparison: Comparison,
    answers: dict[str, dict[str, str]],
    written: dict[str, dict[str, Written]],
) -> dict[str, Kept]:
    samples = load_prompts(assignment.files) if assignment.files else ()
    asked = tuple(sample for sample in samples if name_ifeval(sample.id) in answers["base"])
    judged = {row: judge_prompts(asked, found) for row, found in answers.items()} if asked else {}
    lengths = {row: sum(found[name_ifeval(one.id)].tokens for one in asked) for row, found in written.items()}
    before = comparison.rows["base"].answered.replay_loss
    kept: dict[str, Kept] = {}
    for row in answers:
        if row == "base":
            continue
        after = comparison.rows[row].answered.replay_loss
        found = compare_ability(judged[row], judged["base"], f"{row} - base") if judged else None
        kept[row] = Kept(
            None if before is None or after is None else after / before - 1,
            found,
            "not measured" if found is None else tell_ability(found),
            lengths[row] / lengths["base"] if lengths["base"] else None,
        )
    return kept


def _read_answers(site: Site, row: str) -> dict[str, Written]:
    path = site.answers(row)
    try:
        lines = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: found {error.strerror}, expected a row's answers") from None
    return {written.id: written for written in read_lines(lines, Written, str(path))}
