"""Each kind of instruction at its borders, in the published checkers' own sense of right and wrong."""

from collections.abc import Sequence
from typing import Any

import pytest

from fen.evals.ifeval import KINDS, read_instruction
from fen.wire.errors import ConfigError


class PlainReader:
    """Splits at full stops and at blanks; the first word says which language a text is in."""

    def split_sentences(self, text: str) -> Sequence[str]:
        return [part for part in text.split(".") if part.strip()]

    def split_words(self, text: str) -> Sequence[str]:
        return text.split()

    def detect_language(self, text: str) -> str | None:
        return {"hello": "en", "hallo": "de"}.get(text.split(maxsplit=1)[0].lower())


LEAST = {"relation": "at least"}
LESS = {"relation": "less than"}
Q_LEAST = {"letter": "Q", "let_frequency": 2, "let_relation": "at least"}
Q_LESS = {"letter": "q", "let_frequency": 1, "let_relation": "less than"}
SIGNS = {"letter": "#", "let_frequency": 2, "let_relation": "at least"}
CAPITALS = {"capital_frequency": 2, "capital_relation": "at least"}
FEW_CAPITALS = {"capital_frequency": 1, "capital_relation": "less than"}
SECTIONS = {"section_spliter": "SECTION", "num_sections": 2}
NTH = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Weekend"}

CASES: list[tuple[str, dict[str, Any], str, bool]] = [
    # Words and letters.
    ("keywords:existence", {"keywords": ["art", "sea"]}, "Start, SEASIDE", True),
    ("keywords:existence", {"keywords": ["art", "sea"]}, "start", False),
    ("keywords:existence", {"keywords": ["a.c"]}, "abc", False),
    ("keywords:frequency", {"keyword": " so ", "frequency": 2, **LEAST}, "So also", True),
    ("keywords:frequency", {"keyword": "so", "frequency": 2, **LEAST}, "So", False),
    ("keywords:frequency", {"keyword": "so", "frequency": 2, **LESS}, "So", True),
    ("keywords:frequency", {"keyword": "so", "frequency": 2, **LESS}, "so so", False),
    ("keywords:forbidden_words", {"forbidden_words": ["art"]}, "start and art_", True),
    ("keywords:forbidden_words", {"forbidden_words": ["sea", "art"]}, "(ART)", False),
    ("keywords:letter_frequency", Q_LEAST, "qQ", True),
    ("keywords:letter_frequency", Q_LEAST, "q", False),
    ("keywords:letter_frequency", Q_LESS, "o", True),
    ("keywords:letter_frequency", SIGNS, "##", True),
    ("keywords:letter_frequency", SIGNS, "#ab", False),
    # Length.
    ("length_constraints:number_sentences", {"num_sentences": 2, **LEAST}, "One. Two.", True),
    ("length_constraints:number_sentences", {"num_sentences": 2, **LEAST}, "One.", False),
    ("length_constraints:number_sentences", {"num_sentences": 2, **LESS}, "One. Two.", False),
    ("length_constraints:number_words", {"num_words": 3, **LEAST}, "I don't", True),
    ("length_constraints:number_words", {"num_words": 3, **LEAST}, "I -- do_it", False),
    ("length_constraints:number_words", {"num_words": 3, **LESS}, "I do", True),
    ("length_constraints:number_words", {"num_words": 3, **LESS}, "a-b-c", False),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one\n***\ntwo", True),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "***one***two *** ", True),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one *** *** two", False),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one\n\ntwo", False),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one***two***three", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\nWEEKEND, at last", True),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\n'\"weekend's", True),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\n\"'weekend", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\nweekends", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\n\n\nweekend", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\nweekend\n\n \n\n", True),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\nweekend", False),
    ("length_constraints:nth_paragraph_first_word", NTH, "One.\n\nweekend\n\nthree", False),
    # Content.
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a [b] c] []", True),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a [b] c]", False),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "[a\nb]", False),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye. p. s. more", True),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "P.S: more", False),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.P. S", True),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.S.", False),
    ("detectable_content:postscript", {"postscript_marker": "Note:"}, "so. NOTE: it", True),
    ("detectable_content:postscript", {"postscript_marker": "Note:"}, "Note it", False),
    # Format.
    ("detectable_format:constrained_response", {}, "Well. My answer is maybe. So.", True),
    ("detectable_format:constrained_response", {}, "my answer is yes.", False),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n  - b", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n** b\n1. c", False),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b\n-", False),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "*\n* a", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "a * b\n\n\n* c", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and *b*", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and * *", False),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a\nb* *c*", False),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "**a**", True),
    ("detectable_format:multiple_sections", SECTIONS, "SECTION 1\nSECTION2", True),
    ("detectable_format:multiple_sections", SECTIONS, "Section 1 SECTION 2", False),
    ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 1}, "Day one", False),
    ("detectable_format:json_format", {}, "```json\n[1, null]\n```", True),
    ("detectable_format:json_format", {}, ' {"a": "b"} ', True),
    ("detectable_format:json_format", {}, "```yaml\n[1]\n```", False),
    ("detectable_format:json_format", {}, "[1] so", False),
    ("detectable_format:json_format", {}, "[" * 100_000, False),
    ("detectable_format:title", {}, "**<<a day>>**", True),
    ("detectable_format:title", {}, "<<a\nday>>", False),
    ("detectable_format:title", {}, "<< >> <a>", False),
    ("detectable_format:title", {}, "<<<>>>", False),
    # Case, punctuation, start and end, language, combination.
    ("change_case:capital_word_frequency", CAPITALS, "A WELL-KNOWN x1", True),
    ("change_case:capital_word_frequency", CAPITALS, "NO x 12", False),
    ("change_case:capital_word_frequency", FEW_CAPITALS, "No", True),
    ("change_case:english_capital", {}, "HELLO 1", True),
    ("change_case:english_capital", {}, "HELLo", False),
    ("change_case:english_capital", {}, "HALLO", False),
    ("change_case:english_capital", {}, "UNTELLABLE", True),
    ("change_case:english_lowercase", {}, "hello 1", True),
    ("change_case:english_lowercase", {}, "Hello", False),
    ("change_case:english_lowercase", {}, "hallo", False),
    ("change_case:english_lowercase", {}, "12", False),
    ("punctuation:no_comma", {}, "a; b，c", True),
    ("punctuation:no_comma", {}, "1,000", False),
    ("startend:end_checker", {"end_phrase": " Any questions? "}, 'So. "ANY questions?"\n', True),
    ("startend:end_checker", {"end_phrase": "Any questions?"}, "Any questions? No.", False),
    ("startend:quotation", {}, ' "so" ', True),
    ("startend:quotation", {}, '"', False),
    ("startend:quotation", {}, "“so”", False),
    ("language:response_language", {"language": "de"}, "hallo du", True),
    ("language:response_language", {"language": "de"}, "hello du", False),
    ("language:response_language", {"language": "de"}, "12", True),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say it. "}, " say IT. So be it.", True),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say it."}, "Sure: Say it.", False),
    ("combination:two_responses", {}, "one ****** two", True),
    ("combination:two_responses", {}, "******one******two******", True),
    ("combination:two_responses", {}, "one******one ", False),
    ("combination:two_responses", {}, "one******\n******two", False),
    ("combination:two_responses", {}, "one******two******three", False),
    ("combination:two_responses", {}, "one", False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "text", "expected"), CASES)
def test_an_instruction_at_its_borders(kind: str, given: dict[str, Any], text: str, expected: bool) -> None:
    assert read_instruction(kind, given).is_followed(text, PlainReader()) is expected


def test_every_kind_is_seen_to_pass_and_to_fail() -> None:
    assert {(kind, expected) for kind, _, _, expected in CASES} == {
        (kind, expected) for kind in KINDS for expected in (True, False)
    }


def test_arguments_of_other_kinds_are_left_out_where_they_are_null() -> None:
    given = {"num_words": None, "num_bullets": 1}
    assert read_instruction("detectable_format:number_bullet_lists", given) == read_instruction(
        "detectable_format:number_bullet_lists", {"num_bullets": 1}
    )


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("keywords:rhyme", {}, "expected one of change_case:capital_word_frequency"),
        ("startend:quotation", {"num_words": 3}, "num_words"),
        ("length_constraints:number_words", {"num_words": 3}, "relation"),
        ("length_constraints:number_words", {"num_words": 3, "relation": "about"}, "about"),
    ],
)
def test_an_instruction_that_is_not_known_is_told(kind: str, given: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_instruction(kind, given)


@pytest.mark.parametrize("kind", ["detectable_format:number_bullet_lists", "detectable_content:postscript"])
def test_a_long_run_of_line_ends_takes_no_time(kind: str) -> None:
    given = {"num_bullets": 1} if kind.endswith("lists") else {"postscript_marker": "P.S."}
    assert not read_instruction(kind, given).is_followed("\n" * 200_000 + "so", PlainReader())
