"""`fen hierarchy synth` writes data sets that are the same for the same seed."""

import json
from pathlib import Path

import pytest

from fen.training.dataset import read_manifest
from fen.training.item import read_items
from tests.integration.cli.conftest import Fake, Fen

SMALL = ("--examples", "28", "--pairs", "14", "--replay", "5", "--seen", "1", "--unseen", "2")
pytestmark = pytest.mark.usefixtures("config")


def test_files_are_the_same_for_the_same_seed(fen: Fen, tmp_path: Path) -> None:
    first = fen("hierarchy", "synth", str(tmp_path / "a"), *SMALL, "--json").json
    assert fen("hierarchy", "synth", str(tmp_path / "b"), *SMALL, "--json").json == first
    other = fen("hierarchy", "synth", str(tmp_path / "c"), *SMALL, "--seed", "1", "--json").json
    assert other["data"] != first["data"]
    assert first["parts"]["treatment"]["conditions"]["conflict"] == 14
    assert len(read_items(tmp_path / "a/baseline.jsonl")) == 28
    assert json.loads((tmp_path / "a/manifest.json").read_text()) == first


def test_one_arm_in_one_language(fen: Fen, tmp_path: Path) -> None:
    told = fen("hierarchy", "synth", str(tmp_path), *SMALL, "--arm", "baseline", "--language", "zh")
    assert "held out: zh_file, zh_secret" in told.out
    assert not (tmp_path / "treatment.jsonl").exists()
    assert {item.language for item in read_items(tmp_path / "baseline.jsonl")} == {"zh"}


def test_a_teachers_calls_are_in_the_books_with_their_tag(fen: Fen, fake: Fake, tmp_path: Path) -> None:
    before = len(fake.bodies)
    words = ("--teacher", "fake/gpt-4o-mini", "--budget", "1USD", "--lessons", "2")
    told = fen("hierarchy", "synth", str(tmp_path), *SMALL, *words)
    # The fake says `word0 word1 ...`, which is no exercise.
    assert "left out, no exercise in JSON: 2" in told.err
    assert len(fake.bodies) - before == 2
    assert {entry["tag"] for entry in fen("requests", "list", "--json").json} == {"training"}
    assert read_manifest(tmp_path).teacher == "fake/gpt-4o-mini"


def test_a_budget_that_has_no_room_ends_it(fen: Fen, fake: Fake, tmp_path: Path) -> None:
    before = len(fake.bodies)
    words = ("--teacher", "fake/gpt-4o-mini", "--budget", "0.0000001USD", "--lessons", "2")
    told = fen("hierarchy", "synth", str(tmp_path), *SMALL, *words)
    assert "ended early" in told.err
    assert len(fake.bodies) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--teacher", "fake/gpt-4o-mini"), "found --teacher without --budget"),
        (("--budget", "1USD"), "found --budget without --teacher"),
        (("--examples", "3"), "expected an even number of examples"),
    ],
)
def test_bad_options_are_told(fen: Fen, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    told = fen("hierarchy", "synth", str(tmp_path), *words)
    assert said in told.err
    assert "Traceback" not in told.err
