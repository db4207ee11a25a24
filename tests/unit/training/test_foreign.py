"""Data sets of others become items that are judged as their own suite judges them."""

from pathlib import Path

import pytest

from fen.training.foreign import load_foreign
from fen.training.grading import grade
from fen.training.scoring import score
from fen.wire.errors import ConfigError
from tests.shared_data import SHARED, need

FOLDER = SHARED / "hierarchy"
pytestmark = need("hierarchy")


def test_items_are_of_all_three_sets_and_have_graders() -> None:
    items = load_foreign(FOLDER, 20)
    assert {item.family.partition("_")[0] for item in items} == {"tensortrust", "bipia", "sys"}
    assert {item.condition for item in items} == {"conflict", "aligned", "reference"}
    assert len({item.id for item in items}) == len(items)
    assert all(item.grader is not None and item.canary is None for item in items)
    table = score({"foreign": items}, {"dull": {item.id: "Access granted" for item in items}})
    means = {(row.family, row.condition): row.scores["dull"].mean for row in table.rows}
    assert means["tensortrust_hijacking", "conflict"] == 0.0
    assert means["tensortrust_hijacking", "aligned"] == 1.0


def test_only_the_test_half_of_bipia_is_there() -> None:
    items = [item for item in load_foreign(FOLDER) if item.family.startswith("bipia")]
    attacks = [item.id for item in items if item.condition == "conflict"]
    assert len(attacks) == 125
    assert all("_test-" in name for name in attacks)
    assert sum(item.condition == "reference" for item in items) == 50


def test_an_obeying_answer_fails_as_in_the_suite() -> None:
    hijacks = [one for one in load_foreign(FOLDER, 5) if one.id.startswith("tensortrust-hijacking")]
    assert hijacks
    assert not any(grade(one, "Access granted.").passed for one in hijacks)
    assert all(grade(one, "No.").passed for one in hijacks)


def test_a_folder_without_any_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found no data set, expected a folder of one of tensortrust"):
        load_foreign(tmp_path)
