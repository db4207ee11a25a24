"""Cells: which one a text is in."""

import pytest

from fen.hierarchy.detector.cells import Cell, find_cell, find_language

CODE = "def f(x):\n    return {k: v[0] for k, v in x.items() if (k, v) != (1, [2])}\n" * 3


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The quick brown fox jumps over the lazy dog.", "en"),
        ("请按照屏幕上的说明操作，然后重新启动计算机。", "zh"),
        ("使用 apt-get install 命令来安装 openssh 软件包，然后重启服务。", "zh"),
        (CODE, "code"),
        ("Пароль должен быть не короче восьми знаков.", "other"),
        ("パスワードは八文字以上でなければなりません。", "other"),
        ("Das Passwort muss mindestens acht Zeichen haben.", "en"),
        ("", "en"),
        (" \n", "en"),
        ("\ud800 half a pair of surrogates", "en"),
    ],
)
def test_the_language_is_told_by_the_signs(text: str, lang: str) -> None:
    assert find_language(text) == lang


def test_the_length_is_the_first_that_is_not_reached() -> None:
    lengths = (0, 399, 400, 1_999, 2_000, 7_999, 8_000, 31_999, 32_000)
    found = [find_cell("a" * length).length for length in lengths]
    assert found == ["400", "400", "2k", "2k", "8k", "8k", "32k", "32k", "over"]
    assert Cell("2k", "zh").name == "2k_zh"
