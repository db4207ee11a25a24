"""Controls of writing direction: overrides and embeddings that make a text look other than it reads.

Sources: Unicode Standard Annex 9; Boucher and Anderson 2021, "Trojan Source", arXiv 2111.00169. A legitimate
pair holds text of the direction that it announces and stays; any other is taken out, and what it held is
put in the order in which it was shown: that of whole runs, digits and brackets are not treated apart.
"""

from __future__ import annotations

import re

from fen.hierarchy.unseen.draft import Draft, Hidden, gather

_CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069\n\u2029]")
_PRESENT = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_OPENERS = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
_ISOLATES = "\u2066\u2067\u2068"
_OVERRIDES = "\u202d\u202e"
_TURNED = "\u202b\u2067"  # right to left, without turning Latin letters
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_AROUND = 200  # characters in which text of that direction makes a pair plausible
_DEEPEST = 125  # levels of UAX 9; what opens deeper is not an opener


class _Node:
    """A pair of controls with what is between them: places of characters, and further pairs.

    A class that changes: it lives while one text is parsed.
    """

    def __init__(self, opener: str, start: int) -> None:
        self.opener = opener
        self.start = start
        self.end = start
        self.closed = False
        self.items: list[range | _Node] = []


def reorder(draft: Draft) -> Draft:
    """Take out illegitimate pairs and single controls, and put what pairs held in the order of display."""
    text = draft.text
    if text.isascii() or _PRESENT.search(text) is None:
        return draft
    root, alone = _parse(text)
    found = [Hidden("bidi", *draft.locate(place, place + 1)) for place in sorted(alone)]
    order = [place for place in _show(root, text, draft, found, hidden=False) if place not in alone]
    return draft.ordered(order, gather(found, " ")) if found else draft


def _parse(text: str) -> tuple[_Node, set[int]]:
    """Return the pairs of the whole text, and the places of controls without a partner."""
    alone: set[int] = set()
    root = _Node("", 0)
    stack = [root]
    at = 0
    for control in _CONTROLS.finditer(text):
        place, char = control.start(), control[0]
        stack[-1].items.append(range(at, place))
        at = place + 1
        if char in _OPENERS and len(stack) < _DEEPEST:
            node = _Node(char, place)
            stack[-1].items.append(node)
            stack.append(node)
        elif char in "\n\u2029":
            _close(stack, 1, place, closed=False)
            root.items.append(range(place, at))
        elif (depth := _partner(stack, char)) is not None:
            _close(stack, depth, at, closed=True)
        else:
            alone.add(place)
    stack[-1].items.append(range(at, len(text)))
    _close(stack, 1, len(text), closed=False)
    return root, alone


def _partner(stack: list[_Node], char: str) -> int | None:
    """Where in the stack the pair is that this control closes."""
    if char == "\u202c":
        return len(stack) - 1 if stack[-1].opener and stack[-1].opener not in _ISOLATES else None
    if char != "\u2069":
        return None
    return next((depth for depth in range(len(stack) - 1, 0, -1) if stack[depth].opener in _ISOLATES), None)


def _close(stack: list[_Node], depth: int, end: int, *, closed: bool) -> None:
    """Close the pairs from this depth on; only the outermost has met its closing control."""
    for node in stack[depth:]:
        node.end, node.closed = end, False
    if depth < len(stack):
        stack[depth].closed = closed
    del stack[depth:]


def _show(node: _Node, text: str, draft: Draft, found: list[Hidden], *, hidden: bool) -> list[int]:
    """Return the places in the order of display, and add what was found, once per outermost pair."""
    parts: list[list[int]] = []
    for item in node.items:
        if isinstance(item, range):
            parts.append(list(reversed(item)) if node.opener == "\u202e" else list(item))
        elif not hidden and _is_legitimate(item, text):
            parts.append(list(range(item.start, item.end)))
        else:
            if not hidden:
                found.append(_name(item, text, draft))
            parts.append(_show(item, text, draft, found, hidden=True))
    if node.opener in ("\u202e", *_TURNED):
        parts.reverse()
    return [place for part in parts for place in part]


def _is_legitimate(node: _Node, text: str) -> bool:
    inside = text[node.start : node.end]
    if any(control in inside for control in _OVERRIDES) or not node.closed:
        return False
    if node.opener in _TURNED:
        return _RIGHT_TO_LEFT.search(inside) is not None
    if _RIGHT_TO_LEFT.search(inside):
        return True
    if any(control in inside for control in _TURNED):
        return False
    near = _RIGHT_TO_LEFT.search(text, max(0, node.start - _AROUND), node.end + _AROUND)
    visible = inside.strip(_OPENERS + "\u202c\u2069")
    if text[node.start - 1 : node.start].isalnum() or text[node.end : node.end + 1].isalnum():
        return False  # within a word
    # Programs put isolates around each value that they fill into a sentence.
    return bool(visible) and (node.opener in "\u2066\u2068" or near is not None)


def _name(node: _Node, text: str, draft: Draft) -> Hidden:
    inside = text[node.start : node.end]
    kind = "bidi_override" if any(control in inside for control in _OVERRIDES) else "bidi"
    return Hidden(kind, *draft.locate(node.start, max(node.end, node.start + 1)), _CONTROLS.sub("", inside))
