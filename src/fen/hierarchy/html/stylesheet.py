"""Style sheets: which declarations hold for an element, in the order of the cascade.

Source: CSS Cascade 5, CSS Syntax 3. Applied is what a screen of 1280 by 800 pixels in a light theme would
apply: rules for print, dark themes and narrow windows are not. Nothing is fetched.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from fen.hierarchy.html.selectors import Selector, matches, parse_selectors
from fen.hierarchy.html.tree import Element
from fen.wire.errors import InvalidRequest

WIDTH, HEIGHT = 1280, 800
"""The window, in pixels."""

MOST_RULES = 20_000
MOST_TRIALS = 10_000_000
"""Parts of selectors that are tried on elements of one page; more is an attack on the reader."""

_HELD = 20  # a rule that holds costs as much as so many trials

# A string that is not closed ends with its line.
_STRING = r"\"(?:\\.|[^\"\\\n])*(?:\"|(?=\n)|\Z)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z)"
_TOKEN = re.compile(rf"{_STRING}|/\*.*?(?:\*/|\Z)|[{{}};]", re.DOTALL)
_BREAK = re.compile(rf"{_STRING}|[();]", re.DOTALL)
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)
_COMMENT = re.compile(r"/\*(.*?)(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_WINDOW = re.compile(r"\(\s*(min|max)-(width|height)\s*:\s*([\d.]+)(px|em|rem)\s*\)")
_GROUPS = ("@media", "@supports", "@layer", "@container", "@scope", "@starting-style")
_ELSEWHERE = re.compile(
    r"\b(?:print|speech)\b|prefers-color-scheme:\s*dark|forced-colors:\s*active|prefers-contrast"
)


class Rule(msgspec.Struct, frozen=True):
    """One selector's declarations. order: its place in the page's sheets."""

    selector: Selector
    declarations: tuple[tuple[str, str, bool], ...]
    order: int


class Sheet:
    """The rules of a page, found by what their last compound names.

    A class that changes: rules come in while the page is read, and each trial counts.
    """

    def __init__(self) -> None:
        self._rules: dict[str, list[Rule]] = {}
        self._count = 0
        self._trials = 0

    def add(self, css: str) -> None:
        """Add a sheet's rules; raises InvalidRequest for too many."""
        for prelude, body in _find_rules(css):
            declarations = tuple(parse_declarations(body))
            for selector in parse_selectors(_unescape(prelude)) if declarations else ():
                self._count += 1
                if self._count > MOST_RULES:
                    raise InvalidRequest(f"html: found over {MOST_RULES} style rules, expected fewer")
                rule = Rule(selector, declarations, self._count)
                self._rules.setdefault(_key(selector), []).append(rule)

    def cascade(self, element: Element, lowest: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """Return the declarations that win for an element, and the texts that `content` draws.

        lowest: those of the browser and of attributes such as `bgcolor`. Raises InvalidRequest.
        """
        ranked: list[tuple[tuple[bool, int, tuple[int, int, int], int], tuple[tuple[str, str], ...]]] = []
        drawn: list[str] = []
        for rule in self._find(element):
            if rule.selector.generated:
                drawn += [value for name, value, _ in rule.declarations if name == "content"]
                continue
            for important in (False, True):
                chosen = tuple((name, value) for name, value, mark in rule.declarations if mark is important)
                if chosen:
                    ranked.append(((important, 0, rule.selector.weight, rule.order), chosen))
        style = element.get("style")
        if style:
            inline = list(parse_declarations(style))
            for important in (False, True):
                chosen = tuple((name, value) for name, value, mark in inline if mark is important)
                ranked.append(((important, 1, (0, 0, 0), 0), chosen))
        declared = dict(lowest)
        for _, chosen in sorted(ranked, key=lambda one: one[0]):
            declared.update(chosen)
        return declared, drawn

    def _find(self, element: Element) -> Iterator[Rule]:
        keys = ["", element.tag, *(f".{name}" for name in set((element.get("class") or "").split()))]
        identity = element.get("id")
        if identity:
            keys.append(f"#{identity}")
        for key in keys:
            for rule in self._rules.get(key, ()):
                if matches(rule.selector, element, self._count_trial):
                    self._trials += _HELD
                    yield rule

    def _count_trial(self) -> None:
        self._trials += 1
        if self._trials > MOST_TRIALS:
            raise InvalidRequest(f"html: found over {MOST_TRIALS} trials of style rules, expected fewer")


def parse_declarations(body: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the property, its value, and whether it is important."""
    for part in _split(_COMMENT.sub(" ", body)):
        name, colon, value = part.partition(":")
        name = _unescape(name.strip())
        if colon and name:
            value = value.strip()
            bare = _IMPORTANT.sub("", value)
            yield (name if name.startswith("--") else name.lower()), bare, bare != value


def _split(body: str) -> Iterator[str]:
    """Yield what stands between semicolons that are not within brackets or strings."""
    at, depth = 0, 0
    for sign in _BREAK.finditer(body):
        if sign[0] == "(":
            depth += 1
        elif sign[0] == ")":
            depth = max(0, depth - 1)
        elif sign[0] == ";" and depth == 0:
            yield body[at : sign.start()]
            at = sign.end()
    yield body[at:]


def find_comments(css: str) -> list[str]:
    """Return what a sheet's comments say."""
    return [found[1] for found in _COMMENT.finditer(css)]


def _unescape(text: str) -> str:
    def char(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[2]
        code = int(found[1], 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPE.sub(char, text) if "\\" in text else text


def read_data(address: str) -> str:
    """Return the sheet that a `data:` address holds; empty for any other address."""
    kind, comma, text = address.partition(",")
    if not comma or not kind.strip().lower().startswith("data:text/css"):
        return ""
    plain = unquote_to_bytes(text)
    if kind.strip().lower().endswith(";base64"):
        try:
            plain = b64decode(plain)
        except ValueError:
            return ""
    return plain.decode("utf-8", "replace")


def read_string(value: str) -> str:
    """Return what the strings of a `content` value say."""
    strings = re.findall(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'", value)
    return " ".join(_unescape(one or other) for one, other in strings)


def _key(selector: Selector) -> str:
    last = selector.compounds[0]
    if last.id:
        return f"#{last.id}"
    return f".{last.classes[0]}" if last.classes else last.tag


def _find_rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield selectors and declarations, with those of the groups that apply, without rules within rules."""
    stack: list[_Block] = []
    at = 0
    for token in _TOKEN.finditer(css):
        sign = token[0]
        if sign == "{":
            prelude = _COMMENT.sub(" ", css[at : token.start()]).strip()
            if stack:
                stack[-1].own.append(css[stack[-1].begin : at])
            stack.append(_Block(prelude, token.end()))
        elif sign == "}" and stack:
            block = stack.pop()
            if not block.prelude.startswith("@") and all(_applies(one.prelude) for one in stack):
                yield block.prelude, "".join([*block.own, css[block.begin : token.start()]])
            if stack:
                stack[-1].begin = token.end()
        elif sign != ";":
            continue
        at = token.end()
    if stack and not stack[-1].prelude.startswith("@") and all(_applies(one.prelude) for one in stack[:-1]):
        yield stack[-1].prelude, css[stack[-1].begin :]  # a block that the sheet's end closes


class _Block:
    """A block that is open; it changes as the blocks within it are left out."""

    def __init__(self, prelude: str, begin: int) -> None:
        self.prelude = prelude
        self.begin = begin
        self.own: list[str] = []


def _applies(prelude: str) -> bool:
    """Whether a group of rules applies on the screen that is assumed."""
    lower = prelude.lower()
    if not lower.startswith(_GROUPS):
        return False
    if not lower.startswith("@media"):
        return True
    return fits(lower.removeprefix("@media"))


def fits(media: str) -> bool:
    """Whether a list of media queries holds for the screen that is assumed; the empty one does."""
    return any(_fits(query) for query in media.lower().split(","))


def _fits(query: str) -> bool:
    if _ELSEWHERE.search(query):
        return query.strip().startswith("not ")
    for bound, side, number, unit in _WINDOW.findall(query):
        pixels = float(number) * (1 if unit == "px" else 16)
        actual = WIDTH if side == "width" else HEIGHT
        if actual < pixels if bound == "min" else actual > pixels:
            return False
    return True
