"""Mutants by words: which are there, how many, in which language, in which case."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.integration.evals.ifeval.chance import (
    Given,
    choose_exactly,
    choose_number,
    put_in_any_case,
    remove_word,
    take_pieces,
)
from tests.integration.evals.ifeval.tongues import TONGUES


def keywords(text: str, given: Given, chance: Random, well: bool) -> str:
    if well:
        added = [
            chance.choice((" {}", " {}s", " un{}.")).format(put_in_any_case(k, chance))
            for k in given["keywords"]
        ]
        return text + "".join(added)
    return remove_word(chance.choice(given["keywords"]), text)


def frequency(text: str, given: Given, chance: Random, well: bool) -> str:
    word = given["keyword"].strip()
    number = choose_number(given["frequency"], given["relation"], well, chance)
    return remove_word(word, text) + "".join(f" {put_in_any_case(word, chance)}," for _ in range(number))


def forbidden(text: str, given: Given, chance: Random, well: bool) -> str:
    for word in given["forbidden_words"]:
        text = re.sub(rf"\b{re.escape(word)}\b", "x", text, flags=re.IGNORECASE)
    word = put_in_any_case(chance.choice(given["forbidden_words"]), chance)
    shape = (
        chance.choice((" a{}", " {}_", "{}9"))
        if well
        else chance.choice((" {}!", "\n({})", " {}-like", "*{}*"))
    )
    return text + " " + shape.format(word)


def letters(text: str, given: Given, chance: Random, well: bool) -> str:
    letter = given["letter"]
    number = choose_number(given["let_frequency"], given["let_relation"], well, chance)
    return remove_word(letter, text) + " " + "".join(put_in_any_case(letter, chance) for _ in range(number))


def language(text: str, given: Given, chance: Random, well: bool) -> str:
    asked = given["language"]
    code = asked if well else chance.choice([code for code in TONGUES if code != asked])
    if not well and chance.random() < 0.2:
        return f"{TONGUES[code]}\n{TONGUES[asked]}\n{text}"
    return TONGUES[code] + chance.choice(("", " https://a.example/b", "\n" + TONGUES[code]))


def sentences(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["num_sentences"], given["relation"], well, chance)
    odd = (
        "Dr. Wu met Mr. J. Smith at 5 p.m. on Main St. in Washington.",
        'He said "Stop." Then he left...',
        "It costs $3.50 (i.e. little)!",
        "Really?! Yes.",
        "See e.g. fig. 3 in vol. 2.",
    )
    taken = [piece if piece[-1] in ".!?" else f"{piece}." for piece in take_pieces(number, text)]
    if taken:
        taken[chance.randrange(len(taken))] = chance.choice(odd)
    return chance.choice((" ", "\n")).join(taken)


def words(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["num_words"], given["relation"], well, chance)
    found = re.findall(r"\w+", text) or ["word"]
    taken = [found[place % len(found)] for place in range(number)]
    return chance.choice((" ", "-", "'", " ... ", "\n")).join(taken)


def paragraphs(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_exactly(given["num_paragraphs"], well, chance)
    divider = chance.choice(("\n***\n", " *** ", "***", "\n\n***\n\n"))
    made = divider.join(take_pieces(number, text))
    ends = (made, divider + made, made + divider)
    return chance.choice(ends if well else (*ends, made.replace(divider, divider * 2, 1), made + "*" * 4))


def first_word(text: str, given: Given, chance: Random, well: bool) -> str:
    parts = take_pieces(given["num_paragraphs"], text)
    word, place = given["first_word"], given["nth_paragraph"] - 1
    mark = chance.choice(("", ",", ".", "!", "'s", '"'))
    parts[place] = (
        f"{chance.choice(('', chr(34), chr(39)))}{put_in_any_case(word, chance)}{mark} {parts[place]}"
    )
    if well:
        return "\n\n".join(parts)
    broken = (
        "\n\n".join([*parts, "One more."]),
        "\n\n".join(parts[:-1]),
        "\n\n".join([*parts[:place], f"{word}ly {parts[place]}", *parts[place + 1 :]]),
        "\n\n\n\n".join(parts),
        "\n".join(parts),
    )
    return chance.choice(broken)


def capital_words(text: str, given: Given, chance: Random, well: bool) -> str:
    number = choose_number(given["capital_frequency"], given["capital_relation"], well, chance)
    shapes = ("NASA", "WELL-KNOWN", "U.S.", "I", "3D", "A1", "NO!", "(OK)", "CAN'T", "“YES”")
    return text.lower() + " " + " ".join(chance.choice(shapes) for _ in range(number))


def capital(text: str, given: Given, chance: Random, well: bool) -> str:
    return _cased(text, str.upper, str.lower, chance, well)


def lowercase(text: str, given: Given, chance: Random, well: bool) -> str:
    return _cased(text, str.lower, str.upper, chance, well)


def _cased(
    text: str, to: Callable[[str], str], back: Callable[[str], str], chance: Random, well: bool
) -> str:
    if well:
        return chance.choice(
            (to(text), to(text) + "\n123!", to(f"**well now this is it**\n{text}"), "12: " + to(text))
        )
    made = to(text)
    middle = len(made) // 2
    wrong = (
        made[:middle] + back(made[middle:]),
        to(TONGUES[chance.choice(("de", "it", "pt", "fi"))]),
        f"{made}\n{back('so it is')}",
        "12 + 34",
        text,
    )
    return chance.choice(wrong)


def comma(text: str, given: Given, chance: Random, well: bool) -> str:
    bare = text.replace(",", "")
    if well:
        return bare + chance.choice(("", ".", " ，", "、", ";"))
    return chance.choice((bare + ",", f"Well, now\n{bare}", f"{bare}\nSo, bye", "1,000 " + bare))
