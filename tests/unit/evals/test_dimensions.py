"""SuperCLUE's eleven dimensions and the industries, and a total that says how it was made."""

import pytest

from fen.evals.dimensions import read_dimensions
from fen.wire.errors import ConfigError

DIMENSIONS = read_dimensions()


def test_there_are_eleven_in_english_and_chinese_and_three_industries() -> None:
    assert len(DIMENSIONS.dimensions) == 11
    assert set(DIMENSIONS.industries) == {"finance", "automotive", "industry"}
    for one in (*DIMENSIONS.dimensions.values(), *DIMENSIONS.industries.values()):
        assert one.en.isascii()
        assert not one.zh.isascii()


def test_every_dimension_is_in_one_group() -> None:
    grouped = [name for group in DIMENSIONS.groups.values() for name in group.dimensions]
    assert sorted(grouped) == sorted(DIMENSIONS.dimensions)


def test_a_total_is_the_mean_of_groups_and_not_of_dimensions() -> None:
    total = DIMENSIONS.add_up({"calculation": 1.0, "reasoning": 0.5, "knowledge": 0.25, "finance": 0.0})
    assert total.groups == {"science": 0.75, "arts": 0.25}
    assert total.total == 0.5
    assert "code" in total.missing
    assert "finance" not in total.missing


def test_nothing_adds_up_to_no_total() -> None:
    assert DIMENSIONS.add_up({"finance": 1.0}).total is None
    assert len(DIMENSIONS.add_up({}).missing) == 11


def test_the_rule_is_there_to_be_printed() -> None:
    assert "mean of the groups" in DIMENSIONS.total.rule
    assert "平均" in DIMENSIONS.total.rule_zh


def test_an_unknown_dimension_suggests_close_ones() -> None:
    assert DIMENSIONS.find("finance").zh == "金融"
    with pytest.raises(ConfigError, match="did you mean tool_use"):
        DIMENSIONS.find("tooluse")
