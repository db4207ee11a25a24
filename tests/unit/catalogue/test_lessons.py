"""What upstreams really said, and the limit that it names."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from fen.catalogue.lessons import Lesson, LessonReader, read_limit_errors

ERRORS = read_limit_errors()
READER = LessonReader(ERRORS)
COMPLAINTS = tomllib.loads(Path(__file__).with_name("complaints.toml").read_text("utf-8"))["complaint"]


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=[complaint["source"] for complaint in COMPLAINTS])
def test_limits_are_read_from_what_upstreams_really_said(complaint: dict[str, Any]) -> None:
    lesson = READER.read(complaint["said"])
    found = (lesson.limit, lesson.value) if lesson else (None, None)
    assert found == (complaint.get("limit"), complaint.get("value"))


def test_a_limit_that_no_model_has_is_not_believed() -> None:
    assert READER.read("Invalid max_tokens value, the valid range of max_tokens is [0, 1]") is None


def test_only_the_words_that_name_the_limit_are_kept() -> None:
    said = "Dear Ada, prompt is too long: 208310 tokens > 200000 maximum, you wrote 'my secret'"
    words = "prompt is too long: 208310 tokens > 200000 maximum"
    assert READER.read(said) == Lesson("context_window", 200_000, words)


def test_every_wording_has_been_seen_somewhere() -> None:
    for error in ERRORS:
        alone = LessonReader([error])
        assert error.source.startswith("https://github.com/")
        assert any(alone.read(complaint["said"]) for complaint in COMPLAINTS), error.text
