"""The pages' words: all of them are translated, and nothing is translated that no page says."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import fen.web
from fen.web.pages.words import LANGUAGES, choose_language, find_words, read_texts

FOLDER = Path(fen.web.__file__).parent / "pages"


def collect_said() -> set[str]:
    """Return each text that a page says: the first word of each call of `say`, and the pages' names."""
    said = set[str]()
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Assign | ast.AnnAssign) and _targets(node) & {"NAMES", "SAID"}:
                said |= _strings(node.value)
            if isinstance(node, ast.Call) and _name(node.func) == "say" and node.args:
                said |= _strings(node.args[0])
    return {text for text in said if not text.startswith("/")}


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _strings(node: ast.expr | None) -> set[str]:
    found = [] if node is None else ast.walk(node)
    return {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    said, told = collect_said(), set(read_texts(language))
    assert sorted(said - told) == []
    assert sorted(told - said) == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_translation_has_the_same_blanks(language: str) -> None:
    for text, translated in read_texts(language).items():
        assert _blanks(text) == _blanks(translated), text


def _blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize(
    ("preferred", "accepted", "expected"),
    [
        (None, None, "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de,en;q=0.5", "en"),
        (None, "en;q=0.3,zh;q=0.9", "zh"),
        (None, "zh;q=much,fr", "en"),
        ("en", "zh", "en"),
        ("xx", "zh-TW", "zh"),
    ],
)
def test_language_is_the_choice_or_the_browsers(
    preferred: str | None, accepted: str | None, expected: str
) -> None:
    assert choose_language(preferred, accepted) == expected


def test_numbers_follow_the_language() -> None:
    words = find_words("zh")
    assert words("Prices") == "价格"
    assert words.share(0.0494, 2) == "4.94%"
    assert words.number(1234567.891, 2) == "1,234,567.89"
    assert find_words("xx").language == "en"
