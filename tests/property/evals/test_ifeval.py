"""What holds of every instruction and every answer, however odd."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fen.evals.ifeval import KINDS, check_answer
from fen.evals.ifeval.verdict import list_readings

ARGUMENTS: dict[str, dict[str, Any]] = {
    "change_case:capital_word_frequency": {"capital_frequency": 2, "capital_relation": "less than"},
    "combination:repeat_prompt": {"prompt_to_repeat": "Say it."},
    "detectable_content:number_placeholders": {"num_placeholders": 2},
    "detectable_content:postscript": {"postscript_marker": "P.S."},
    "detectable_format:multiple_sections": {"section_spliter": "Day", "num_sections": 2},
    "detectable_format:number_bullet_lists": {"num_bullets": 2},
    "detectable_format:number_highlighted_sections": {"num_highlights": 2},
    "keywords:existence": {"keywords": ["a+", "(b"]},
    "keywords:forbidden_words": {"forbidden_words": ["a+", "(b"]},
    "keywords:frequency": {"keyword": "[", "frequency": 2, "relation": "at least"},
    "keywords:letter_frequency": {"letter": "é", "let_frequency": 2, "let_relation": "at least"},
    "language:response_language": {"language": "de"},
    "length_constraints:nth_paragraph_first_word": {
        "num_paragraphs": 2,
        "nth_paragraph": 2,
        "first_word": "so",
    },
    "length_constraints:number_paragraphs": {"num_paragraphs": 2},
    "length_constraints:number_sentences": {"num_sentences": 2, "relation": "at least"},
    "length_constraints:number_words": {"num_words": 2, "relation": "less than"},
    "startend:end_checker": {"end_phrase": "Bye."},
}

SIGNS = st.sampled_from(
    ["\n", "\n\n", "***", "*", "-", '"', "<<", ">>", "```", "[", "]", "So", "P.S.", ", ", "1"]
)
ANSWERS = st.one_of(st.text(), st.lists(st.one_of(SIGNS, st.text(max_size=3)), max_size=30).map("".join))


class AnyReader:
    """Says something of every text."""

    def split_sentences(self, text: str) -> Sequence[str]:
        return text.splitlines()

    def split_words(self, text: str) -> Sequence[str]:
        return text.split()

    def detect_language(self, text: str) -> str | None:
        return None if len(text) % 3 == 0 else "de"


@given(st.sampled_from(sorted(KINDS)), ANSWERS)
def test_every_answer_gets_a_verdict_and_the_loose_one_is_no_stricter(kind: str, text: str) -> None:
    instruction = {"kind": kind, **ARGUMENTS.get(kind, {})}
    [verdict] = check_answer(text, [instruction], AnyReader())
    assert verdict.loose or not verdict.strict
    if not text.strip():
        assert not verdict.loose


@given(ANSWERS)
def test_a_reading_keeps_no_asterisk_or_all_of_its_lines(text: str) -> None:
    first, *others = list_readings(text)
    assert first == text
    assert len(others) <= 7
    assert text.replace("*", "") in (first, *others)
    for reading in others:
        assert reading.replace("*", "") in list_readings(text)
