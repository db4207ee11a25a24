"""Mutants by form: what stands where, and between which marks."""

from __future__ import annotations

import json
import re
from random import Random

from tests.integration.evals.ifeval.chance import (
    Given,
    choose_exactly,
    choose_number,
    put_in_any_case,
    take_pieces,
)


def placeholders(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["num_placeholders"], "at least", well, chance)
    shapes = ("[name]", "[]", "[a [b] c]", "[the\tdate]") if well else ("[name]", "[a [b] c]", "[x\ny]")
    bare = text.replace("[", "(").replace("]", ")")
    return bare + " ".join(chance.choice(shapes) for _ in range(number))


def postscript(text: str, given: Given, chance: Random, well: bool) -> str:
    bare = re.sub(r"p\.\s?(p\.\s?)?s", "", text, flags=re.IGNORECASE)
    marker = given["postscript_marker"].strip()
    right = {"P.S.": ("P.S.", "p. s.", "P.\nS.", "P.P.S."), "P.P.S": ("P.P.S", "p. p. s", "P.P.S.")}
    wrong = {"P.S.": ("PS:", "P.S", "P.  S."), "P.P.S": ("P.S.", "PPS", "P.P S")}
    return f"{bare}\n\n{chance.choice((right if well else wrong)[marker])} Write soon."


def bullets(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_exactly(given["num_bullets"], well, chance)
    bare = re.sub(r"^\s*[*-]+", "", text, flags=re.MULTILINE)
    shapes = ("* {}", "- {}", "  * {}", "*{}", "-{}", "\t- {}", "\n\n* {}")
    lines = [chance.choice(shapes).format(piece.strip("*- ")) for piece in take_pieces(number, bare)]
    return "\n".join([bare, *lines, chance.choice(("", "** bold", "*", "a - b", "1. * c"))])


def constrained(text: str, given: Given, chance: Random, well: bool) -> str:
    answer = f"My answer is {chance.choice(('yes', 'no', 'maybe'))}."
    if well:
        return chance.choice((answer, f"{text}\n{answer}", f"**{answer}**", f"{answer} {text}"))
    return chance.choice((answer.lower(), answer[:-1], answer.replace("is ", "is\n"), text, "yes"))


def highlights(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["num_highlights"], "at least", well, chance)
    shapes = ("*so*", "*so much*") if well else ("*so*", "* *", "*a\nb*")
    return text.replace("*", "") + " " + " ".join(chance.choice(shapes) for _ in range(number))


def bold(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["num_highlights"], "at least", well, chance)
    return text.replace("*", "") + chance.choice((" ", "\n")).join(["**so**"] * (number // 2 + number % 2))


def sections(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["num_sections"], "at least", well, chance)
    word = given["section_spliter"]
    shape = chance.choice(("{} {}", "{}{}", "**{} {}**", "{}\n{}", "{} {}: one"))
    if not well and chance.random() < 0.3:
        word, number = word.swapcase(), number + 4
    pieces = enumerate(take_pieces(number, text.replace(word, "Part")), start=1)
    return "\n\n".join(f"{shape.format(word, place)}\n{piece}" for place, piece in pieces) or text


def as_json(text: str, given: Given, chance: Random, well: bool) -> str:
    made = json.dumps(chance.choice(({"answer": text}, [text], text, {"a": {"b": [1, None]}})), indent=2)
    if well:
        fences = ("{}", "```json\n{}\n```", "```\n{}\n```", "```JSON\n{}```", " \n{}\n", "```json{}")
        return chance.choice(fences).format(made) if chance.random() < 0.9 else chance.choice(("NaN", "12"))
    wrong = ("{} so", "```yaml\n{}\n```", "Here:\n```json\n{}\n```", "{},", "'{}'", "````json\n{}\n````")
    return chance.choice(wrong).format(made)


def title(text: str, given: Given, chance: Random, well: bool) -> str:
    bare = text.replace("<<", "").replace(">>", "")
    good = ("<<A day>>", "<<<A day>>>", "so <<x>> it is", "<< A >> and << >>", "**<<A day>>**")
    bad = ("<A day>", "<< >>", "<<A\nday>>", "<<>>", "<<<>>>", "«A day»", "< <A day> >")
    return f"{chance.choice(good if well else bad)}\n{bare}"


def two_responses(text: str, given: Given, chance: Random, well: bool) -> str:
    one, other = text.replace("*", "").strip() or "Yes.", "Another way to say it."
    stars = "******"
    if well:
        made = f"{one}{chance.choice((stars, f' {stars} ', f'{chr(10)}{stars}{chr(10)}'))}{other}"
        return chance.choice((made, stars + made, made + stars, made.replace(stars, stars + "*")))
    wrong = (
        f"{one}{stars}{one} ",
        one,
        f"{one}{stars}{other}{stars}third",
        f"{one}{stars}{stars}{other}",
        f"{one}*****{other}",
        f"{one}{stars}",
    )
    return chance.choice(wrong)


def repeat(text: str, given: Given, chance: Random, well: bool) -> str:
    asked = given["prompt_to_repeat"]
    if well:
        return chance.choice(("{}\n{}", "  {} {}", "{}{}")).format(put_in_any_case(asked, chance), text)
    wrong = (
        f'"{asked}"\n{text}',
        f"Sure:\n{asked}\n{text}",
        f"{asked[:-2]}\n{text}",
        f"*{asked}*\n{text}",
        text,
    )
    return chance.choice(wrong)


def end(text: str, given: Given, chance: Random, well: bool) -> str:
    phrase = given["end_phrase"].strip()
    if well:
        shapes = ("{} {}", '"{} {}"', "{}\n{}  \n", '{}{}""')
        return chance.choice(shapes).format(text, put_in_any_case(phrase, chance))
    shapes = ("{} {} Bye.", "{} {}\nBye.", "{} {}'", "{} {}*", "{} ({})")
    return chance.choice((*shapes, "{}")).format(text, phrase)


def quotation(text: str, given: Given, chance: Random, well: bool) -> str:
    bare = text.strip().strip('"')
    if well:
        return chance.choice(('"{}"', ' "{}"\n', '"{}""', '*"{}"*', '""')).format(bare)
    return chance.choice(('"{}', '{}"', "“{}”", "'{}'", '"{}".', 'So:\n"{}"')).format(bare)
