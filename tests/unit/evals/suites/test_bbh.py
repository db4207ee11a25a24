"""BIG-Bench Hard: each kind of target is judged exactly, and every published one is right."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fen.evals import Sample
from fen.evals.files import DataFiles
from fen.evals.registry import find_suite
from tests.fakes.loading import judge
from tests.shared_data import SHARED, need

SUITE = find_suite("bbh")


def ask(target: dict[str, Any]) -> Sample:
    return Sample(id="x", messages=(), target=target)


@pytest.mark.parametrize(
    ("target", "right", "wrong"),
    [
        ({"kind": "letter", "right": "B", "of": "ABC"}, "So it is.\nAnswer: (B)", "Answer: (C)"),
        ({"kind": "word", "right": "No", "of": ["Yes", "No"]}, "Yes? Not so.\nAnswer: No", "Answer: Yes"),
        ({"kind": "word", "right": "valid", "of": ["valid", "invalid"]}, "Answer: valid.", "Answer: invalid"),
        ({"kind": "number", "right": "-10"}, "5 - 15 = -10\nAnswer: -10", "Answer: 10"),
        ({"kind": "text", "right": "] ) >"}, "Answer: ])>", "Answer: ] >"),
        (
            {"kind": "text", "right": "abbe cast tower"},
            "Answer: abbe, cast, tower.",
            "Answer: cast abbe tower",
        ),
        ({"kind": "text", "right": "a b"}, "Sorted:\n\na b", "b a"),
    ],
)
def test_a_target_is_judged_by_its_kind(target: dict[str, Any], right: str, wrong: str) -> None:
    assert judge(SUITE, ask(target), right).outcome == "correct"
    assert judge(SUITE, ask(target), wrong).outcome == "wrong"


def test_an_empty_answer_is_a_format_error() -> None:
    assert judge(SUITE, ask({"kind": "text", "right": "a b"}), " \n").outcome == "format_error"


@need("evals/bbh")
def test_every_published_target_is_right() -> None:
    samples = list(SUITE.load(DataFiles(SHARED, Path("nowhere"), None), SUITE.options))
    assert len(samples) == 6511
    assert len({sample.stratum for sample in samples[:27]}) == 27
    kinds = Counter(sample.target["kind"] for sample in samples)
    assert set(kinds) == {"letter", "word", "number", "text"}
    for sample in samples[::29]:
        assert judge(SUITE, sample, f"Answer: {sample.target['right']}").value == 1, sample
