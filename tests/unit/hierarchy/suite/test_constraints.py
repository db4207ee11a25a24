"""IFEval's constraints: for each, a text that keeps it and texts that do not."""

from typing import Any

import pytest

from fen.hierarchy.suite.constraints import check, is_supported
from fen.hierarchy.suite.vernacular import LANGUAGES, is_written_in


@pytest.mark.parametrize(
    ("name", "given", "kept", "broken"),
    [
        (
            "change_case:capital_word_frequency",
            {"capital_relation": "less than", "capital_frequency": 2},
            "one TWO three",
            "ONE TWO",
        ),
        (
            "change_case:capital_word_frequency",
            {"capital_relation": "at least", "capital_frequency": 1},
            "now GO",
            "now go",
        ),
        ("change_case:english_capital", {}, "ALL OF IT.", "ALL of it."),
        ("change_case:english_lowercase", {}, "all of it.", "All of it."),
        ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."}, "say hi. Hi!", "Hi! Say hi."),
        ("combination:two_responses", {}, "one\n******\ntwo", "one\n******\none"),
        ("combination:two_responses", {}, "one******two", "one******two******three"),
        ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[name] of [town]", "[name]"),
        ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\nP.S. rain", "Bye.\nPS rain"),
        ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P. P. S more", "P.S. more"),
        ("detectable_format:constrained_response", {}, "My answer is maybe.", "Maybe."),
        ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "a: 1"),
        (
            "detectable_format:multiple_sections",
            {"section_spliter": "SECTION", "num_sections": 2},
            "SECTION 1\na\nSECTION 2\nb",
            "SECTION 1\na",
        ),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b", "* a\n* b\n* c"),
        (
            "detectable_format:number_highlighted_sections",
            {"num_highlights": 2},
            "*a* and **b**",
            "*a* and * *",
        ),
        ("detectable_format:title", {}, "<<a poem>>\nrain", "<< >>\nrain"),
        ("keywords:existence", {"keywords": ["rain", "Sun"]}, "Rain and sun", "rain"),
        ("keywords:forbidden_words", {"forbidden_words": ["rain"]}, "rainy", "Rain, again"),
        (
            "keywords:frequency",
            {"relation": "at least", "keyword": "war", "frequency": 2},
            "War and war",
            "war",
        ),
        (
            "keywords:letter_frequency",
            {"let_relation": "less than", "letter": "t", "let_frequency": 2},
            "to be",
            "that",
        ),
        (
            "keywords:letter_frequency",
            {"let_relation": "at least", "letter": "!", "let_frequency": 2},
            "a!!",
            "a!",
        ),
        (
            "language:response_language",
            {"language": "de"},
            "Der Mann und die Frau sind nicht da.",
            "Not here.",
        ),
        (
            "length_constraints:nth_paragraph_first_word",
            {"first_word": "rain", "num_paragraphs": 2, "nth_paragraph": 2},
            'Sun.\n\n"Rain" fell.',
            "Rain.\n\nSun.",
        ),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb", "a\n***\n***\nb"),
        (
            "length_constraints:number_sentences",
            {"relation": "less than", "num_sentences": 3},
            "One. Two!",
            "One. Two! Three?",
        ),
        (
            "length_constraints:number_sentences",
            {"relation": "at least", "num_sentences": 2},
            "One. Two",
            "One",
        ),
        (
            "length_constraints:number_words",
            {"relation": "at least", "num_words": 3},
            "one two three",
            "one two",
        ),
        ("punctuation:no_comma", {}, "one two", "one, two"),
        ("startend:end_checker", {"end_phrase": "The end."}, 'So it goes. the end."', "The end. Really."),
        ("startend:quotation", {}, ' "all of it" ', '"all" of it'),
    ],
)
def test_constraint_is_kept_or_broken(name: str, given: dict[str, Any], kept: str, broken: str) -> None:
    assert is_supported(name, given)
    assert check(name, given, kept)
    assert not check(name, given, broken)
    assert not check(name, given, "  ")


def test_unknown_constraint_is_not_supported_and_not_kept() -> None:
    assert not is_supported("keywords:rhyme", {})
    assert not check("keywords:rhyme", {}, "moon, June")
    assert not is_supported("language:response_language", {"language": "tlh"})


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "यह एक अच्छा दिन है और मैं घर में हूँ।"),
        ("mr", "हे एक चांगले घर आहे आणि ते मोठे आहे."),
        ("ne", "यो राम्रो घर हो र त्यहाँ पानी छ।"),
        ("ru", "Это не то, что я сказал, и они не с нами."),
        ("bg", "Това е къща и в нея се живее за да се работи с хора."),
        ("fa", "این کتاب از آن من است و در خانه می باشد."),
        ("ur", "یہ گھر بہت اچھا ہے اور میں اس میں رہتا ہوں۔"),
        ("ar", "هذا الكتاب من المكتبة التي في المدينة."),
        ("pt", "O livro não é uma coisa que eu leio com os outros."),
        ("es", "El libro no es una cosa que se lee por los otros en las casas."),
        ("fr", "Le livre est une chose qui ne se lit pas dans les maisons et il est là."),
        ("it", "Il libro non è una cosa che leggo con gli altri."),
        ("fi", "Hän on kotona ja se ei ole paha, mutta myös hyvä."),
        ("sw", "Hii ni nyumba ya watu wa mji na iko katika nchi."),
        ("vi", "Đây là một quyển sách và không có trong các thư viện."),
        ("th", "บ้านหลังนี้สวยมาก"),
        ("ko", "이 집은 아주 아름답습니다."),
    ],
)
def test_languages_that_share_a_script_are_told_apart(language: str, text: str) -> None:
    assert [one for one in sorted(LANGUAGES) if is_written_in(text, one)] == [language]
