"""What a study makes of its rows' answers, without torch: the table, and what of the ability was kept."""

from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from fen.evals.sample import Sample
from fen.training import study
from fen.training.compare import Comparison, Row
from fen.training.generate import Written
from fen.training.plan import Plan, write_plan
from fen.training.planning import Measures
from fen.training.recipe import Recipe
from fen.training.row import Answered, Site
from fen.training.study import Assignment, judge_study
from fen.wire.errors import ConfigError
from tests.unit.training.test_planning import ARMS, plan

LENGTHS = {"base": 80, "baseline": 60, "treatment": 20}
LOSSES = {"base": 0.5, "baseline": 0.5, "treatment": 0.55}
COMMAS = [{"kind": "punctuation:no_comma"}]


@pytest.fixture
def planned() -> Plan:
    found = plan(ARMS, Measures(ifeval={"1": "Write.", "2": "Write more."}))
    return msgspec.structs.replace(found, pairs=())


@pytest.fixture
def site(tmp_path: Path, planned: Plan) -> Site:
    """The plan, and each row's answers to it: the treatment's hold no comma, and are right."""
    site = Site(tmp_path / "base", tmp_path / "out")
    write_plan(planned, site.out / "plan")
    right = {item.id: item.target for item in (*ARMS.seen, *ARMS.unseen)}
    for row, length in LENGTHS.items():
        texts = right if row == "treatment" else {}
        said = "Yes" if row == "treatment" else "Yes, here"
        lines = [Written(one.id, texts.get(one.id, said), length, ended=True) for one in planned.questions]
        site.answers(row).parent.mkdir(exist_ok=True)
        site.answers(row).write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    return site


@pytest.fixture
def comparison() -> Comparison:
    rows = {row: Row(None, Answered(1, loss, {})) for row, loss in LOSSES.items()}
    return Comparison(Recipe(), "0" * 64, "cpu", "fp32", {}, rows, {})


def test_a_row_is_set_beside_the_base_in_form_in_length_and_in_loss(
    site: Site, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = {"instructions": COMMAS, "reading": "strict"}
    samples = tuple(
        Sample(id=key, messages=({"role": "user", "content": "x"},), target=target) for key in "12"
    )
    monkeypatch.setattr(study, "load_prompts", lambda _files: samples)
    assignment = Assignment(site.base, Recipe(), files=cast(Any, object()))
    found = judge_study(site, assignment, ARMS, comparison)
    assert set(found.kept) == {"baseline", "treatment"}
    treated, other = found.kept["treatment"], found.kept["baseline"]
    assert (treated.length, other.length) == (0.25, 0.75)
    assert (treated.replay, other.replay) == (pytest.approx(0.1), 0.0)
    assert treated.ifeval is not None
    assert other.ifeval is not None
    assert (treated.ifeval.difference, other.ifeval.difference) == (1.0, 0.0)
    assert found.report is not None
    assert found.report.table.arms == ("baseline", "base", "treatment")
    assert {row.scores["treatment"].mean for row in found.report.table.rows} == {1.0}


def test_what_was_not_asked_is_not_told(site: Site, comparison: Comparison) -> None:
    found = judge_study(site, Assignment(site.base, Recipe()), ARMS, comparison)
    kept = found.kept["treatment"]
    assert (kept.ifeval, kept.ability, kept.length) == (None, "not measured", None)


def test_a_row_without_answers_is_named(site: Site, comparison: Comparison) -> None:
    site.answers("baseline").unlink()
    with pytest.raises(ConfigError, match=r"baseline.jsonl: found No such file or directory"):
        judge_study(site, Assignment(site.base, Recipe()), ARMS, comparison)
