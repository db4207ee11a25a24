"""How the fake upstream is told what to do: a few words in the model's name or in the last user message.

`fake/tokens-200-gap-5ms` asks for 200 tokens, 5 ms apart. In a message the same words stand in double
brackets: `Hello [[status-429-retry-2]]`; they win over the model's. Words that are not known raise
ScriptError, which the fake answers with 400: a misspelt script never passes for a fault of what is tested.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec


class ScriptError(ValueError):
    """A script with a word that is not known."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What the fake does with one request. "At K" means: after K tokens, before the next.

    tokens: output tokens of each choice, cut at the request's own limit (then finish_reason is `length`).
    gap, delay: seconds between tokens, and before the headers.
    prompt, cached, cachewrite, reasoning, audio: reported tokens; `prompt` None counts words.
    usage: `right`; `none`, no usage at all; `last`, on the chunk with the finish_reason; `each`, on every
        chunk, growing; `total`, whose total is not the sum; `cached`, more cached than read; `negative`.
    status, retry: an error in place of the answer, with its `retry-after`.
    hang: never answers. silent: closes the connection without an answer.
    stall: waits at K until released. reset, drop: ends the connection at K by RST, or by FIN. half: says FIN
        at K and keeps the connection open for what the client may send.
    error, malformed: an error event at K, or text that is not JSON.
    cut: the body goes out in pieces of so many bytes.
    unknown: members that nobody knows, at every depth. zh: Chinese text. crlf: CRLF line ends.
    says: the text of the answer, given as UTF-8 in hex; a token is six characters of it.
    comments: a comment before each event. nodone: no `[DONE]` at the end. linger: nothing after it, not even
        the end of the body. finish: the finish_reason.
    """

    tokens: int = 8
    gap: float = 0.0
    delay: float = 0.0
    prompt: int | None = None
    cached: int = 0
    cachewrite: int = 0
    reasoning: int = 0
    audio: int = 0
    usage: str = "right"
    status: int = 200
    retry: str | None = None
    hang: bool = False
    silent: bool = False
    stall: int | None = None
    reset: int | None = None
    drop: int | None = None
    half: int | None = None
    error: int | None = None
    malformed: int | None = None
    cut: int | None = None
    unknown: bool = False
    zh: bool = False
    crlf: bool = False
    comments: bool = False
    nodone: bool = False
    linger: bool = False
    finish: str | None = None
    says: str | None = None


USAGES = ("right", "none", "last", "each", "total", "cached", "negative")

TOKEN = 6
"""Characters of `says` that make a token."""

_FLAGS = {"hang", "silent", "unknown", "zh", "crlf", "comments", "nodone", "linger"}
_SECONDS = {"gap", "delay"}
_TEXTS = {"usage", "finish", "retry", "says"}
_NUMBERS = {field.name for field in msgspec.structs.fields(Script)} - _FLAGS - _SECONDS - _TEXTS
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
_BRACKETS = re.compile(r"\[\[([^\[\]]*)\]\]")


def parse_script(model: str, text: str = "") -> Script:
    """Read the script of a request out of its model and its last user message."""
    words = _settings(model.rpartition("/")[2], known_only=True)
    for inside in _BRACKETS.findall(text):
        words |= _settings(inside, known_only=False)
    if "says" in words:
        words["tokens"] = -(-len(words["says"]) // TOKEN)
    return Script(**words)


def _settings(text: str, *, known_only: bool) -> dict[str, Any]:
    words = iter(text.split("-") if text else ())
    settings: dict[str, Any] = {}
    for word in words:
        if word in _FLAGS:
            settings[word] = True
        elif word in _NUMBERS | _SECONDS | _TEXTS:
            settings[word] = _value(word, next(words, ""))
        elif known_only and not settings:
            return {}  # an ordinary name such as `gpt-4o-mini` is no script
        else:
            known = ", ".join(field.name for field in msgspec.structs.fields(Script))
            raise ScriptError(f"found {word!r} in the script {text!r}, expected one of {known}")
    return settings


def _value(word: str, value: str) -> Any:
    if word in _SECONDS:
        match = _DURATION.fullmatch(value)
        if match is None:
            raise ScriptError(f"{word}: found {value!r}, expected a duration such as 5ms or 2s")
        return float(match[1]) / (1000 if match[2] == "ms" else 1)
    if word in _TEXTS:
        if not value or (word == "usage" and value not in USAGES):
            raise ScriptError(f"{word}: found {value!r}, expected {', '.join(USAGES)}")
        return _decode(value) if word == "says" else value
    if not value.isdecimal():
        raise ScriptError(f"{word}: found {value!r}, expected a number")
    return int(value)


def _decode(value: str) -> str:
    try:
        return bytes.fromhex(value).decode()
    except ValueError:
        raise ScriptError(f"says: found {value[:40]!r}, expected UTF-8 in hex") from None
