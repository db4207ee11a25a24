"""Texts of our own: grammars expand to the end, and a seed always brings the same."""

import re
from random import Random

from fen.hierarchy.fit.filler import FILLER
from fen.hierarchy.fit.grammar import Grammar
from fen.hierarchy.fit.synthetic import write_attacks, write_innocent
from fen.hierarchy.fit.words import parse_symbols, read_words

SYMBOL = re.compile(r"\{([a-z_0-9]+)\??\}")
FILES = ("attacks_en.txt", "attacks_zh.txt", "attacks_other.txt", "benign.txt")


def test_symbols_have_the_alternatives_between_bars() -> None:
    found = parse_symbols("# no\na = one | {b?} two\n | three |\\n<|x|>\nb = 1\n")
    assert found == {"a": ["one", "{b?} two", "three", "\n<|x|>"], "b": ["1"]}


def test_a_symbol_stands_for_one_of_its_alternatives_or_for_nothing() -> None:
    grammar = Grammar("start = {a}-{b?}-{nobody}\na = x | y\nb = z", {})
    said = {grammar.expand(Random(seed)) for seed in range(60)}
    assert said == {f"{a}-{b}-{{nobody}}" for a in "xy" for b in ("z", "")}


def test_a_grammar_that_never_ends_is_ended() -> None:
    assert len(Grammar("start = a{start}", {}).expand(Random(1))) < 100


def test_every_symbol_of_the_files_is_known() -> None:
    for name in FILES:
        symbols = parse_symbols(read_words(name))
        used = {found for said in symbols.values() for text in said for found in SYMBOL.findall(text)}
        assert used <= set(symbols) | set(FILLER) | {"secretvar"}, name
        assert used | {"start"} >= set(symbols), name


def test_a_seed_always_brings_the_same_texts() -> None:
    for write in (write_attacks, write_innocent):
        texts = list(write(200, 5))
        assert texts == list(write(200, 5))
        assert texts != list(write(200, 6))
        assert len(set(texts)) > 150


def test_attacks_are_in_several_languages() -> None:
    texts = list(write_attacks(500, 1))
    assert 0.05 < sum(bool(re.search(r"[\u4e00-\u9fff]", text)) for text in texts) / len(texts) < 0.3
    assert any(re.search(r"[\u0400-\u04ff]", text) for text in texts)
