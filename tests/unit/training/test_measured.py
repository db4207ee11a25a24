"""What a training and its scoring wrote, read for a manifest."""

import json
from pathlib import Path
from typing import Any

import pytest

from fen.app.manifest import Score
from fen.training.measured import read_scores, read_trained
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


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    nothing = {"baseline": measure(None), "treatment": measure(None)}
    none = {"treatment": {"difference": None, "interval": None}}
    rows = [row("tool"), row("all"), row("all", group="bipia", scores=nothing, differences=none)]
    path = tmp_path / "scores.json"
    path.write_text(json.dumps({"table": {"arms": ["baseline", "treatment"], "rows": rows}, "bars": {}}))
    return path


def test_scores_are_those_of_all_families_and_of_the_difference(scores: Path) -> None:
    assert read_scores(scores, "treatment") == (
        Score("unseen, conflict, en", "treatment", 50.0, 25.0, 75.0, 4),
        Score("unseen, conflict, en", "treatment - baseline", 25.0, -12.5, 50.0, 4),
    )
    assert read_scores(scores, "baseline") == (
        Score("unseen, conflict, en", "baseline", 25.0, 0.0, 100.0, 4),
    )


def test_an_arm_that_is_not_there_is_told(scores: Path) -> None:
    with pytest.raises(InvalidRequest, match="found no arm dpo, expected one of baseline, treatment"):
        read_scores(scores, "dpo")


def test_a_trainings_results_are_read(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    told = {"recipe": {"rank": 8}, "plan_sha256": "d" * 64, "device": "2 cores", "dtype": "fp32", "rows": {}}
    path.write_text(json.dumps(told | {"versions": {"torch": "2.13.0", "ray": None}}))
    found = read_trained(path)
    assert found.settings == {"rank": 8, "ran on": "2 cores", "in": "fp32"}
    assert (found.libraries, found.plan_sha256) == ({"torch": "2.13.0"}, "d" * 64)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"recipe": 1}'])
def test_what_is_no_result_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    for read in (read_trained, lambda path: read_scores(path, "treatment")):
        with pytest.raises(InvalidRequest, match=r"results\.json: .*expected what a training or its scoring"):
            read(path)
    with pytest.raises(InvalidRequest, match=r"none\.json: .*expected a file of results"):
        read_trained(tmp_path / "none.json")
