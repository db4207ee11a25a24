r"""The content of `\boxed{...}`, where mathematics has its final answer."""

from __future__ import annotations

import re

_BOX = re.compile(r"\\(?:f?box(?:ed)?)\s*(?:\{|(?P<bare>[^\s{]))")


def find_boxed(text: str) -> str | None:
    r"""Return what the last `\boxed` of a text holds, braces balanced; None where none is closed."""
    for match in reversed(list(_BOX.finditer(text))):
        bare = match["bare"]
        content = bare if bare is not None else _balance(text, match.end())
        if content is not None:
            return content.strip()
    return None


def _balance(text: str, start: int) -> str | None:
    """Return the text from `start` to the brace that closes the one before it."""
    depth = 1
    at = start
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 2  # an escaped brace is no brace
            continue
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return text[start:at]
        at += 1
    return None
