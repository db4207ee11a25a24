"""Mutants of recorded answers: seeded, some meant to follow an instruction and some to fail it narrowly.

Which of them do so, the checkers say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from tests.integration.evals.ifeval import mutants_of_form as of_form
from tests.integration.evals.ifeval import mutants_of_words as of_words
from tests.integration.evals.ifeval.chance import Mutate

PER_SIDE = 20  # mutants of each kind that are meant well, and as many that are meant ill
SEED = 5

_FRAMES = (
    "Sure, here it is:\n{}",
    "{}\nI hope this helps!",
    "Sure:\n\n{}\n\nBye, now.",
    "**{}**",
    "*{}*",
    "\n\n{}\n",
    "{}\r\n",
)

MUTANTS: Mapping[str, tuple[Mutate, ...]] = {
    "change_case:capital_word_frequency": (of_words.capital_words,),
    "change_case:english_capital": (of_words.capital,),
    "change_case:english_lowercase": (of_words.lowercase,),
    "combination:repeat_prompt": (of_form.repeat,),
    "combination:two_responses": (of_form.two_responses,),
    "detectable_content:number_placeholders": (of_form.placeholders,),
    "detectable_content:postscript": (of_form.postscript,),
    "detectable_format:constrained_response": (of_form.constrained,),
    "detectable_format:json_format": (of_form.as_json,),
    "detectable_format:multiple_sections": (of_form.sections,),
    "detectable_format:number_bullet_lists": (of_form.bullets,),
    "detectable_format:number_highlighted_sections": (of_form.highlights, of_form.bold),
    "detectable_format:title": (of_form.title,),
    "keywords:existence": (of_words.keywords,),
    "keywords:forbidden_words": (of_words.forbidden,),
    "keywords:frequency": (of_words.frequency,),
    "keywords:letter_frequency": (of_words.letters,),
    "language:response_language": (of_words.language,),
    "length_constraints:nth_paragraph_first_word": (of_words.first_word,),
    "length_constraints:number_paragraphs": (of_words.paragraphs,),
    "length_constraints:number_sentences": (of_words.sentences,),
    "length_constraints:number_words": (of_words.words,),
    "punctuation:no_comma": (of_words.comma,),
    "startend:end_checker": (of_form.end,),
    "startend:quotation": (of_form.quotation,),
}


def mutate(rows: Sequence[Mapping[str, Any]], answers: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Return rows with a `response` each: mutants of the answers to their prompts.

    rows: IFEval's lines. A third of the mutants have something around them, which the loose reading forgives.
    """
    chance = Random(SEED)
    for kind, ways in MUTANTS.items():
        asked = [row for row in rows if kind in row["instruction_id_list"]]
        for number in range(2 * PER_SIDE):
            row = chance.choice(asked)
            given = row["kwargs"][row["instruction_id_list"].index(kind)]
            text = chance.choice(ways)(answers[row["key"]], given, chance, number % 2 == 0)
            if chance.random() < 1 / 3:
                text = _frame(text, chance)
            yield {**row, "response": text}


def _frame(text: str, chance: Random) -> str:
    before, after = chance.choice(_FRAMES).split("{}")
    return before + text + after
