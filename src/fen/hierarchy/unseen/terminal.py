"""What a terminal does not show: text after a `conceal` sequence, titles and commands, what is overstruck.

Source: ECMA-48, 8.3.117 (SGR) and 5.6 (control strings). Colours of a program's output stay as they are.
"""

from __future__ import annotations

import re

from fen.hierarchy.unseen.draft import Draft, Hidden, gather

_SEQUENCES = re.compile(
    r"\x1b\[(?P<sgr>[\d;:]*)m"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]P_^X](?P<string>[^\x07\x1b\x9c]*)(?:\x07|\x1b\\|\x9c|\Z)"
    r"|\x1b[ -/]*[0-~]?"
)
_BACKSPACES = re.compile(r"\x08+")
_ENOUGH = 4  # letters
_CONCEAL, _RESET = frozenset({"8", "08"}), frozenset({"", "0", "00", "28"})


def strike(draft: Draft) -> Draft:
    """Take out escape sequences other than colours, what they conceal, and what backspaces overwrite."""
    text = draft.text
    seen = _escape(draft) if "\x1b" in text or "\x9b" in text else draft
    return _erase(seen) if "\x08" in text else seen


def _escape(draft: Draft) -> Draft:
    text = draft.text
    cut: list[tuple[int, int]] = []
    found: list[Hidden] = []
    since: int | None = None  # where concealment began
    for sequence in _SEQUENCES.finditer(text):
        codes = set((sequence["sgr"] or "").split(";")) if sequence["sgr"] is not None else None
        if since is not None:
            if codes is not None and codes & _RESET:
                cut.append((since, sequence.end()))
                since = None
        elif codes is None:
            cut.append(sequence.span())
            found.append(_name(draft, *sequence.span(), sequence["string"] or ""))
        elif codes & _CONCEAL or _is_same_colour(codes):
            since = sequence.start()
    if since is not None:
        cut.append((since, len(text)))
    concealed = [span for span in cut if _SEQUENCES.fullmatch(text, *span) is None]
    found += [_name(draft, *span, _SEQUENCES.sub("", text[slice(*span)])) for span in concealed]
    return draft.without(cut, gather(found, " ")) if cut else draft


def _is_same_colour(codes: set[str]) -> bool:
    """Whether letters and ground are of one colour: 30 and 40, 37 and 47."""
    return any(f"3{hue}" in codes and f"4{hue}" in codes for hue in range(8))


def _name(draft: Draft, start: int, end: int, text: str) -> Hidden:
    return Hidden("terminal", *draft.locate(start, end), text)


def _erase(draft: Draft) -> Draft:
    """Each backspace takes back a character of its line; a few are a printer's bold letters and bullets."""
    text = draft.text
    cut: list[tuple[int, int]] = []
    found: list[Hidden] = []
    for run in _BACKSPACES.finditer(text):
        line = max(text.rfind("\n", 0, run.start()) + 1, cut[-1][1] if cut else 0)
        start = max(line, run.start() - len(run[0]))
        struck = text[start : run.start()]
        cut.append((start, run.end()))
        if struck not in ("_", "", text[run.end() : run.end() + 1]):
            found.append(Hidden("overstruck", *draft.locate(start, run.end()), struck))
    return draft.without(cut, [one for one in gather(found) if len(one.text) >= _ENOUGH])
