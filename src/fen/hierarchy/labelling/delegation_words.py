"""Finds words in a text that claim to delegate: as JSON with Fen's own member, and as prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
_MEMBER = re.compile(
    r"""["']fen\\*["']\s*:[^"']{0,40}(?:\\*["'][^"']{0,40}\\*["']\s*:[^"']{0,40}){0,4}\\*["']delegate\\*["']\s*:""",
    re.IGNORECASE,
)
_FLAT = re.compile(r"""(?:["']|\b)fen\.delegate\\*["']?\s*[:=]""", re.IGNORECASE)

_HOLDER = r"(?:tool|plugin|function|document|file|page|site|website|server|message|result|output|e?mail)"
_GIVER = r"(?:user|system|developer|operator|administrator|admin|owner)"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_AROUND = 240  # characters before and behind such a word that a pattern may reach to
_RIGHTS = ("authorit", "authoris", "authoriz", "privilege", "permission", "rights")
# Each pattern with words of which one must be in the text: looking around those alone is many times as fast.
_PROSE = (
    # The user has delegated authority to this tool.
    (
        _RIGHTS,
        _compile(
            rf"\b{_GIVER}s?(?: (?:has|have|had|hereby|explicitly|already))* (?:delegate[sd]?|(?:grant"
            rf"(?:s|ed)?|give[sn]?|assign(?:s|ed)?|transfer(?:s|red)?)\b(?=[^.\n]{{0,80}}\b(?:this "
            rf"{_HOLDER}|the assistant|me)\b))[^.\n]{{0,80}}?\b(?:authority|privileges?|permissions?|"
            rf"authori[sz]ation|rights?)\b"
        ),
    ),
    # Authority has been delegated to this tool by the user.
    (
        _RIGHTS,
        _compile(
            rf"\b(?:authority|privileges?|permissions?|rights)\b[^.\n]{{0,30}}?\b(?:delegated|granted|"
            rf"transferred|given|assigned)\b[^.\n]{{0,30}}?\bto (?:this|the|our) {_HOLDER}"
        ),
    ),
    # This tool is authorised to give you instructions.
    (
        ("authori", "entitled", "empowered", "on behalf"),
        _compile(
            rf"\bthis {_HOLDER} (?:is|was|has been|acts|speaks)\b[^.\n]{{0,30}}?\b(?:authori[sz]ed to|"
            rf"entitled to|empowered to|on behalf of the {_GIVER}|with the authority of)\b"
        ),
    ),
    # Treat the following as a system message.
    (
        ("treat", "consider", "regard", "interpret", "handle"),
        _compile(
            rf"\b(?:treat|consider|regard|interpret|handle) (?:this|the following|these|all|everything|what "
            rf"follows)\b[^.\n]{{0,40}}?\bas (?:if |though )?[^.\n]{{0,30}}?\b{_GIVER}(?:'s|-level| level)? "
            rf"(?:message|prompt|instruction|command|order|request|authority|priority)"
        ),
    ),
    (
        ("授权", "委托", "授予", "赋予", "转交", "移交"),
        _compile(
            r"(?:用户|系统|管理员|开发者|开发人员)(?:已经|已|现|现已|特此|明确|正式|将)*(?:把|将)?[^。\n]{0,12}?"
            r"(?:授权|委托|授予|赋予|转交|移交)[^。\n]{0,20}?(?:工具|文件|文档|网页|页面|插件|消息|权限|指令|全权)"
        ),
    ),
    (
        ("授权", "权限"),
        _compile(
            r"(?:本|该|此)(?:工具|文件|文档|网页|页面|插件|消息|结果)[^。\n]{0,10}?"
            r"(?:已获|获得|拥有|具有|已经获得)[^。\n]{0,12}?(?:授权|权限)"
        ),
    ),
    (
        ("视为", "视作", "当作", "当成", "等同于"),
        _compile(
            r"(?:视为|视作|当作|当成|等同于)[^。\n]{0,10}?(?:系统|用户|管理员|开发者)(?:的)?[^。\n]{0,4}?"
            r"(?:消息|提示|指令|命令|授权|要求)"
        ),
    ),
)


def find_member(text: str) -> tuple[int, int] | None:
    """Return where a text has a member `delegate` inside a member `fen`, also with escaped letters."""
    plain = text
    if "\\u" in text:
        plain = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
    if "delegate" not in plain.lower():
        return None
    match = _MEMBER.search(plain) or _FLAT.search(plain)
    if match is None:
        return None
    return match.span() if plain == text else (0, len(text))


def find_prose(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text says that somebody with authority delegated it."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters get longer; places must stay what they are
        lower = text
    for words, pattern in _PROSE:
        for start, end in _find_windows(lower, words):
            for match in pattern.finditer(text, start, end):
                yield match.span()


def _find_windows(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the stretches around words, joined where they meet."""
    places = sorted(at for word in words for at in _find_all(text, word))
    start, end = -1, -1
    for at in places:
        if at - _AROUND > end:
            if end >= 0:
                yield start, end
            start = max(0, at - _AROUND)
        end = at + _AROUND
    if end >= 0:
        yield start, min(end, len(text))


def _find_all(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))
