"""The 25 kinds of instructions, by their published names, and how a prompt's instructions are read.

Zhou et al., Instruction-Following Evaluation for Large Language Models, 2023 (arXiv 2311.07911), table 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fen.evals.ifeval import (
    case,
    combination,
    content,
    form,
    keywords,
    language,
    length,
    punctuation,
    startend,
)
from fen.evals.ifeval.instruction import Instruction
from fen.wire.errors import ConfigError

KINDS: Mapping[str, type[Instruction]] = {
    "change_case:capital_word_frequency": case.CapitalWordFrequency,
    "change_case:english_capital": case.EnglishCapital,
    "change_case:english_lowercase": case.EnglishLowercase,
    "combination:repeat_prompt": combination.RepeatPrompt,
    "combination:two_responses": combination.TwoResponses,
    "detectable_content:number_placeholders": content.NumberPlaceholders,
    "detectable_content:postscript": content.Postscript,
    "detectable_format:constrained_response": form.ConstrainedResponse,
    "detectable_format:json_format": form.JsonFormat,
    "detectable_format:multiple_sections": form.MultipleSections,
    "detectable_format:number_bullet_lists": form.NumberBulletLists,
    "detectable_format:number_highlighted_sections": form.NumberHighlightedSections,
    "detectable_format:title": form.Title,
    "keywords:existence": keywords.Existence,
    "keywords:forbidden_words": keywords.ForbiddenWords,
    "keywords:frequency": keywords.Frequency,
    "keywords:letter_frequency": keywords.LetterFrequency,
    "language:response_language": language.ResponseLanguage,
    "length_constraints:nth_paragraph_first_word": length.NthParagraphFirstWord,
    "length_constraints:number_paragraphs": length.NumberParagraphs,
    "length_constraints:number_sentences": length.NumberSentences,
    "length_constraints:number_words": length.NumberWords,
    "punctuation:no_comma": punctuation.NoComma,
    "startend:end_checker": startend.EndChecker,
    "startend:quotation": startend.Quotation,
}


def read_instruction(kind: str, arguments: Mapping[str, Any]) -> Instruction:
    """Return an instruction from its published name and arguments; arguments that are null are left out.

    Raises ConfigError of a name that is not known, or of arguments that are not the kind's own.
    """
    if kind not in KINDS:
        raise ConfigError(f"found an instruction {kind!r}, expected one of {', '.join(KINDS)}")
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return msgspec.convert(given, KINDS[kind])
    except msgspec.ValidationError as error:
        raise ConfigError(f"{kind}: found {dict(arguments)}, expected its own arguments: {error}") from None
