"""The suites that ship: each can be found, says what a reader needs, and names a dimension that exists."""

import pytest

from fen.evals import Suite
from fen.evals.dimensions import read_dimensions
from fen.evals.registry import find_suite, list_suites
from fen.wire.errors import ConfigError

SUITES = list_suites()


def test_the_suites_are_listed_by_name() -> None:
    names = [suite.name for suite in SUITES]
    assert names == sorted(names)
    assert {"gsm8k", "mmlu", "smoke"} <= set(names)
    assert all(find_suite(name).name == name for name in names)


@pytest.mark.parametrize(("said", "meant"), [("gms8k", "gsm8k"), ("MMLU", "mmlu"), ("smok", "smoke")])
def test_an_unknown_name_suggests_close_ones(said: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"found no suite '{said}'; did you mean .*{meant}"):
        find_suite(said)


def test_a_name_like_no_other_gets_them_all() -> None:
    with pytest.raises(ConfigError, match=r"expected one of .*gsm8k"):
        find_suite("xyzzy")


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_suite_says_what_a_reader_of_its_scores_needs(suite: Suite) -> None:
    assert read_dimensions().find(suite.dimension)
    assert suite.summary
    assert suite.licence
    assert suite.source
    assert suite.languages
    name, _, version = suite.scorer.partition("/")
    assert name
    assert version.isdecimal()
    assert all(file.url.startswith("https://") for file in suite.files)
    assert not suite.files or "file" in suite.options
