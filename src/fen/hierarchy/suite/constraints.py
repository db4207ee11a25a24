"""IFEval's constraints, each checked by program.

Source: Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models", arXiv 2311.07911. The
rules are written anew. Where the original leaves sentences and languages to libraries, sentences end here at
their marks, and languages are told by script and by common words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from fen.hierarchy.suite.tongue import is_in
from fen.hierarchy.suite.vernacular import LANGUAGES, is_written_in

Arguments = Mapping[str, Any]

_FENCE = re.compile(r"\A```(?:json)?\s*(.*?)\s*```\Z", re.DOTALL | re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?。！？]+(?:[\"'”’)\]]*)(?=\s|$|[\u3400-\u9fff])")
_CHOICES = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_BULLET = re.compile(r"^\s*(?:\*[^*].*|-.*)$", re.MULTILINE)
_MARKS = ("P.P.S", "P.S.")


def is_supported(constraint: str, arguments: Arguments) -> bool:
    """Whether `check` can check this constraint."""
    if constraint == "language:response_language":
        return arguments.get("language") in LANGUAGES
    return constraint in _RULES


def check(constraint: str, arguments: Arguments, text: str) -> bool:
    """Whether a text keeps a constraint; one that is not supported is not kept. An empty text keeps none."""
    rule = _RULES.get(constraint)
    return bool(text.strip()) and rule is not None and rule(text, arguments)


def _compare(count: int, relation: Any, wanted: Any) -> bool:
    return count < int(wanted) if relation == "less than" else count >= int(wanted)


def _words(text: str, arguments: Arguments) -> bool:
    return _compare(len(re.findall(r"\w+", text)), arguments["relation"], arguments["num_words"])


def _sentences(text: str, arguments: Arguments) -> bool:
    count = len(_SENTENCE.findall(text))
    ended = _SENTENCE.search(text[-3:].rstrip())
    return _compare(count if ended else count + 1, arguments["relation"], arguments["num_sentences"])


def _paragraphs(text: str, arguments: Arguments) -> bool:
    parts = [part.strip() for part in re.split(r"\s?\*\*\*\s?", text)]
    return all(parts[1:-1]) and len([part for part in parts if part]) == int(arguments["num_paragraphs"])


def _first_word(text: str, arguments: Arguments) -> bool:
    parts = [part.strip() for part in re.split(r"\n\n", text) if part.strip()]
    place = int(arguments["nth_paragraph"])
    if len(parts) != int(arguments["num_paragraphs"]) or place > len(parts):
        return False
    first = re.match(r"[\"']?(\w+(?:['’-]\w+)*)", parts[place - 1].lower())
    return first is not None and first[1] == str(arguments["first_word"]).lower()


def _placeholders(text: str, arguments: Arguments) -> bool:
    return len(re.findall(r"\[.*?\]", text)) >= int(arguments["num_placeholders"])


def _postscript(text: str, arguments: Arguments) -> bool:
    mark = str(arguments["postscript_marker"])
    pattern = r"\s*".join(map(re.escape, mark)) if mark in _MARKS else re.escape(mark)
    return re.search(pattern, text, re.IGNORECASE) is not None


def _highlights(text: str, arguments: Arguments) -> bool:
    found = re.findall(r"\*[^\n*]*\*", text) + re.findall(r"\*\*[^\n*]*\*\*", text)
    return len([one for one in found if one.strip("*").strip()]) >= int(arguments["num_highlights"])


def _sections(text: str, arguments: Arguments) -> bool:
    splitter = re.escape(str(arguments["section_spliter"]))
    return len(re.findall(rf"\s?{splitter}\s?\d+\s?", text)) >= int(arguments["num_sections"])


def _is_json(text: str, _: Arguments) -> bool:
    bare = text.strip()
    fenced = _FENCE.match(bare)
    try:
        json.loads(fenced[1] if fenced else bare)
    except ValueError:
        return False
    return True


def _title(text: str, _: Arguments) -> bool:
    return any(found.strip("<>").strip() for found in re.findall(r"<<[^\n]+>>", text))


def _constrained(text: str, _: Arguments) -> bool:
    return any(choice in text for choice in _CHOICES)


def _bullets(text: str, arguments: Arguments) -> bool:
    return len(_BULLET.findall(text)) == int(arguments["num_bullets"])


def _two_responses(text: str, _: Arguments) -> bool:
    parts = [part.strip() for part in text.split("******")]
    kept = [part for part in parts if part]
    return all(parts[1:-1]) and len(kept) == 2 and kept[0] != kept[1]


def _repeats(text: str, arguments: Arguments) -> bool:
    return text.strip().lower().startswith(str(arguments["prompt_to_repeat"]).strip().lower())


def _ends(text: str, arguments: Arguments) -> bool:
    return text.strip().strip('"').lower().endswith(str(arguments["end_phrase"]).strip().lower())


def _quoted(text: str, _: Arguments) -> bool:
    bare = text.strip()
    return len(bare) > 1 and bare.startswith('"') and bare.endswith('"')


def _no_comma(text: str, _: Arguments) -> bool:
    return "," not in text


def _capitals(text: str, _: Arguments) -> bool:
    return text.isupper() and is_in(text, "en")


def _lowercase(text: str, _: Arguments) -> bool:
    return text.islower() and is_in(text, "en")


def _capital_words(text: str, arguments: Arguments) -> bool:
    count = sum(word.isupper() for word in re.findall(r"\w+(?:['’-]\w+)*", text))
    return _compare(count, arguments["capital_relation"], arguments["capital_frequency"])


def _keywords(text: str, arguments: Arguments) -> bool:
    return all(str(word).lower() in text.lower() for word in arguments["keywords"])


def _forbidden(text: str, arguments: Arguments) -> bool:
    patterns = (rf"\b{re.escape(str(word))}\b" for word in arguments["forbidden_words"])
    return not any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _frequency(text: str, arguments: Arguments) -> bool:
    count = text.lower().count(str(arguments["keyword"]).lower())
    return _compare(count, arguments["relation"], arguments["frequency"])


def _letters(text: str, arguments: Arguments) -> bool:
    count = text.lower().count(str(arguments["letter"]).lower())
    return _compare(count, arguments["let_relation"], arguments["let_frequency"])


def _language(text: str, arguments: Arguments) -> bool:
    return is_written_in(text, str(arguments.get("language")))


_RULES: Mapping[str, Callable[[str, Arguments], bool]] = {
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": _capitals,
    "change_case:english_lowercase": _lowercase,
    "combination:repeat_prompt": _repeats,
    "combination:two_responses": _two_responses,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:constrained_response": _constrained,
    "detectable_format:json_format": _is_json,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:title": _title,
    "keywords:existence": _keywords,
    "keywords:forbidden_words": _forbidden,
    "keywords:frequency": _frequency,
    "keywords:letter_frequency": _letters,
    "language:response_language": _language,
    "length_constraints:nth_paragraph_first_word": _first_word,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_words": _words,
    "punctuation:no_comma": _no_comma,
    "startend:end_checker": _ends,
    "startend:quotation": _quoted,
}
