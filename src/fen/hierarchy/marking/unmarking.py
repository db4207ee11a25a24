"""Takes marks out of answers, so that no client sees one, also where a stream cuts them anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from fen.hierarchy.marking.marks import Mark
from fen.hierarchy.reserved import Reserved


def unmark(
    text: str, marks: Iterable[Mark], reserved: Reserved | None = None, *, in_json: bool = False
) -> str:
    """Return a text without marks: a marked text comes back exactly as it was.

    reserved: takes the escapes of reserved tokens back too. in_json: the text is JSON, as a call's
    arguments are, and what is put into it is written as JSON.
    """
    unmarker = Unmarker(marks, reserved, in_json=in_json)
    return unmarker.feed(text) + unmarker.end()


class Unmarker:
    """Takes marks out of one text that comes in pieces.

    What it has returned is what `unmark` would return for the whole, however that is cut. It holds back the
    longest end that may be the beginning of a mark: a few characters, and a base64 text while it is
    repeated.
    """

    def __init__(
        self, marks: Iterable[Mark], reserved: Reserved | None = None, *, in_json: bool = False
    ) -> None:
        self._replaced: dict[str, str] = {}
        for mark in marks:
            self._replaced |= _list_texts(mark, in_json=in_json)
        by_length = sorted(self._replaced, key=len, reverse=True)
        self._longest = max(map(len, self._replaced), default=0)
        self._pattern = re.compile("|".join(map(re.escape, by_length)))
        self._starts: dict[str, list[str]] = {}
        for text in by_length:
            self._starts.setdefault(text[0], []).append(text)
        self._first = re.compile(f"[{''.join(map(re.escape, self._starts))}]") if self._starts else None
        self._reserved = reserved
        self._in_json = in_json
        self._held = ""
        self._escaped = ""

    def feed(self, text: str) -> str:
        """Return what is certain by now."""
        return self._restore("".join(self._take(self._held + text)), last=False)

    def end(self) -> str:
        """Return the rest, once there is no more."""
        held, self._held = self._held, ""
        return self._restore(self._pattern.sub(self._replace, held) if self._first else held, last=True)

    def _take(self, text: str) -> Iterator[str]:
        if self._first is None:
            yield text
            return
        at, hold = 0, self._find_hold(text, 0)
        while True:
            found = self._pattern.search(text, at)
            if found is None or found.start() >= hold:
                break
            yield text[at : found.start()]
            yield self._replace(found)
            at = found.end()
            if at > hold:
                hold = self._find_hold(text, at)
        yield text[at:hold]
        self._held = text[hold:]

    def _find_hold(self, text: str, at: int) -> int:
        """Return where the first end of the text begins with which a longer mark may begin."""
        assert self._first is not None
        for begin in self._first.finditer(text, max(at, len(text) - self._longest + 1)):
            place = begin.start()
            head, size = text[place : place + 16], len(text) - place
            for mark in self._starts[begin[0]]:
                if size < len(mark) and mark.startswith(head) and mark.startswith(text[place:]):
                    return place
        return len(text)

    def _replace(self, found: re.Match[str]) -> str:
        return self._replaced[found[0]]

    def _restore(self, text: str, *, last: bool) -> str:
        if self._reserved is None:
            return text
        text = self._escaped + text
        ready, self._escaped = (text, "") if last else self._reserved.split(text)
        return self._reserved.restore(ready, in_json=self._in_json)


def _list_texts(mark: Mark, *, in_json: bool) -> dict[str, str]:
    r"""Return everything by which a mark may show, and what stands there instead.

    In arguments of calls, which are JSON, a line break is `\n` and some writers put `\u003c` for `<`.
    """
    opening, closing = mark.opening, mark.closing
    shown = [f"{opening}\n", opening, f"\n{closing}", closing, mark.name]
    shown += [f"{opening}\\n", f"\\n{closing}"]
    for tag in (opening, closing):
        shown.append(tag.replace("<", "\\u003c").replace(">", "\\u003e"))
    if mark.reminder:
        shown += [f"\n{closing}{mark.reminder}", mark.reminder, mark.reminder.removeprefix("\n")]
    if mark.word:
        shown.append(mark.word)
    texts = dict.fromkeys(shown, "")
    if mark.encoded:
        texts[mark.encoded] = json.dumps(mark.text, ensure_ascii=False)[1:-1] if in_json else mark.text
    return texts
