"""What a study wrote, read for a manifest."""

import json
from pathlib import Path
from typing import Any

import pytest

from fen.app.manifest import Score
from fen.training.measured import read_study
from fen.wire.errors import InvalidRequest


def measure(mean: float | None, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
    interval = None if mean is None else {"low": low, "high": high, "level": 0.95, "method": "t"}
    return {"mean": mean, "n": 4, "clusters": 2, "interval": interval}


def row(family: str, **more: Any) -> dict[str, Any]:
    difference = {"difference": 0.25, "interval": {"low": -0.125, "high": 0.5}, "test": "t"}
    plain = {
        "group": "unseen",
        "scope": "en",
        "family": family,
        "condition": "conflict",
        "items": 4,
        "scores": {"baseline": measure(0.25), "treatment": measure(0.5, 0.25, 0.75)},
        "differences": {"treatment": difference},
    }
    return plain | more


COMPARISON = {"recipe": {"rank": 8}, "plan_sha256": "d" * 64, "device": "2 cores", "dtype": "fp32"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    nothing = {"baseline": measure(None), "treatment": measure(None)}
    none = {"treatment": {"difference": None, "interval": None}}
    rows = [row("tool"), row("all"), row("all", group="bipia", scores=nothing, differences=none)]
    ability = {"difference": -0.125, "interval": {"low": -0.25, "high": 0.125}, "items": 541, "p": 0.5}
    kept = {
        "baseline": {"replay": 0.01, "ifeval": None, "ability": "not measured", "length": None},
        "treatment": {"replay": -0.25, "ifeval": ability, "ability": "undecided", "length": 0.875},
    }
    told = {
        "comparison": COMPARISON | {"versions": {"torch": "2.13.0", "ray": None}},
        "report": {"table": {"arms": ["baseline", "treatment"], "rows": rows}, "bars": {}},
        "kept": kept,
    }
    path = tmp_path / "study.json"
    path.write_text(json.dumps(told))
    return path


def test_scores_are_those_of_all_families_of_the_difference_and_of_what_was_kept(study: Path) -> None:
    assert read_study(study, "treatment")[1] == (
        Score("unseen, conflict, en", "treatment", 50.0, 25.0, 75.0, 4),
        Score("unseen, conflict, en", "treatment - baseline", 25.0, -12.5, 50.0, 4),
        Score("IFEval, strict", "treatment - base", -12.5, -25.0, 12.5, 541),
        Score("replay loss, change in percent", "treatment - base", -25.0),
        Score("length of answers to IFEval, percent of the base's", "treatment", 87.5),
    )
    assert read_study(study, "baseline")[1] == (
        Score("unseen, conflict, en", "baseline", 25.0, 0.0, 100.0, 4),
        Score("replay loss, change in percent", "baseline - base", 1.0),
    )


def test_how_it_was_trained_is_read(study: Path) -> None:
    trained, _ = read_study(study, "treatment")
    assert trained.settings == {"rank": 8, "ran on": "2 cores", "in": "fp32"}
    assert (trained.libraries, trained.plan_sha256) == ({"torch": "2.13.0"}, "d" * 64)


def test_a_study_without_items_has_what_was_kept_alone(study: Path) -> None:
    study.write_text(json.dumps(json.loads(study.read_text()) | {"report": None}))
    assert [score.name for score in read_study(study, "baseline")[1]] == ["replay loss, change in percent"]


def test_an_arm_that_is_not_there_is_told(study: Path) -> None:
    with pytest.raises(InvalidRequest, match="found no arm dpo, expected one of baseline, treatment"):
        read_study(study, "dpo")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"comparison": 1}'])
def test_what_is_no_study_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.json"
    path.write_text(text)
    with pytest.raises(InvalidRequest, match=r"study\.json: .*expected a study's study\.json"):
        read_study(path, "treatment")
    with pytest.raises(InvalidRequest, match=r"none\.json: .*expected a study's study\.json"):
        read_study(tmp_path / "none.json", "treatment")
