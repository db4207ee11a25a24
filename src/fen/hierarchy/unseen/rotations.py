"""Whole texts in other letters: ROT13, Atbash, reversed; known by what frequent words become in them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from types import MappingProxyType

from fen.hierarchy.unseen.draft import Decoded
from fen.hierarchy.unseen.language import COMMON
from fen.hierarchy.unseen.neighbours import Nearness

_WORDS_NEAR = Nearness(near=120, least=1, around=400)
_CHINESE_NEAR = Nearness(near=120, least=3, around=400)
_TO_WORDS = bytes(code | 0x20 if chr(code).isalpha() and code < 128 else 0x20 for code in range(256))
_ENGLISH = frozenset({"saw", "era", "ton", "tub", "won"})  # words that are others in reverse
_MIRROR = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA",
)
_WORD = re.compile(r"[^\W\d_]+")


def _rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def _mirror(text: str) -> str:
    return text.translate(_MIRROR)


def _reverse(text: str) -> str:
    return text[::-1]


def _reverse_words(text: str) -> str:
    return _WORD.sub(lambda word: word[0][::-1], text)


_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("rot13", _rot13),
    ("atbash", _mirror),
    ("reversed", _reverse),
)


def _disguise() -> dict[bytes, str]:
    """Return what each frequent word of three letters or more becomes, and by which way."""
    table: dict[bytes, str] = {}
    for name, turn in _WAYS:
        for word in COMMON:
            turned = turn(word)
            if len(word) > 2 and turned not in COMMON and turned not in _ENGLISH:
                table[turned.encode()] = name
    return table


_DISGUISED = MappingProxyType(_disguise())
_FREQUENT = tuple(
    re.findall(
        r"\w+",
        "指令 提示 忽略 系统 用户 密码 输出 之前 上面 所有 回复 答案 信息 如何 什么 我们 你们 可以"
        " 这个 因为 所以 告诉 不要 必须 只能 内容 立即 现在 以上 规则 说明 一个 没有 自己 他们 就是"
        " 已经 进行 需要 文件 发送 显示 打印 执行",
    )
)
_FORWARDS = re.compile("|".join(_FREQUENT))
_CHINESE = re.compile("|".join(word[::-1] for word in _FREQUENT))


def find_rotations(text: str, raw: bytes) -> Iterator[Decoded]:
    """Yield what lines with disguised words say. raw: the text as Latin-1, with `?` for other characters."""
    lower = raw.translate(_TO_WORDS)
    hits = _DISGUISED.keys() & set(lower.split())
    for name, turn in _WAYS if hits else ():
        words = [hit for hit in hits if _DISGUISED[hit] == name]
        if sum(map(len, words)) >= 5:
            pattern = re.compile(rb"\b(?:" + b"|".join(words) + rb")\b")
            spans = [found.span() for found in pattern.finditer(lower)]
            for start, end in _WORDS_NEAR.group(text, spans):
                yield Decoded(turn(text[start:end]), (name,), start, end)
                if name == "reversed":
                    yield Decoded(_reverse_words(text[start:end]), ("reversed_words",), start, end)
    if not text.isascii():
        yield from _find_chinese(text)


def _find_chinese(text: str) -> Iterator[Decoded]:
    """Chinese in reverse: words that only occur by chance at a border of two stand close together."""
    spans = [found.span() for found in _CHINESE.finditer(text)]
    for start, end in _CHINESE_NEAR.group(text, spans):
        part = text[start:end]
        if len(_CHINESE.findall(part)) > 2 * len(_FORWARDS.findall(part)):
            yield Decoded(part[::-1], ("reversed",), start, end)
