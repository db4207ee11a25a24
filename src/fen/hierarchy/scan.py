"""Scans one text or file by itself: what in it instructs, and what in it no person sees."""

from __future__ import annotations

import msgspec

from fen.hierarchy.detect import Guard
from fen.hierarchy.detector.features import Context
from fen.hierarchy.documents import Documents, recognise
from fen.hierarchy.documents.recognise import decode
from fen.hierarchy.finding import Finding
from fen.hierarchy.look import Suspect, look_at
from fen.hierarchy.policy import HARMLESS, INJECTION, UNSCANNED, Action, GuardPolicy, Verdict, decide, weigh
from fen.hierarchy.privilege import Privilege
from fen.hierarchy.reading import Concealed, Reading
from fen.wire.errors import InvalidRequest

MOST_CHARACTERS = 10_000_000
"""Of a text that is scanned."""

_Weighed = list[tuple[Finding, Action]]


class Scanner(msgspec.Struct, frozen=True):
    """Scans texts and files as if they stood in a request with an authority of that privilege.

    A verdict has `strip` or `refuse` where something was found, and `pass` where nothing was: nothing is
    sent, so nothing is marked. Findings have their text.
    """

    guard: Guard
    documents: Documents
    policy: GuardPolicy

    async def scan(self, data: bytes, privilege: Privilege, name: str | None = None) -> Verdict:
        """Return the verdict on a text, a PDF, a DOCX, a page of HTML or an image, told by its bytes.

        name: of the file, for complaints. Raises InvalidRequest for what cannot be read, or not within the
        limits.
        """
        if recognise(data) == "text":
            reading = Reading("text", decode(data))
        else:
            reading = await self.documents.read(data, name)
        if len(reading.text) > MOST_CHARACTERS:
            message = f"found a text of {len(reading.text)} characters, expected at most {MOST_CHARACTERS}"
            raise InvalidRequest(message, code="file_too_large")
        return self._judge(reading, privilege)

    def _judge(self, reading: Reading, privilege: Privilege) -> Verdict:
        weighed: _Weighed = []
        for one in reading.concealed:
            weighed += self._weigh_concealed(one, privilege)
        look = look_at(reading.text, self.guard, Context(privilege))
        for one in look.suspects:
            where = _place(reading, look.visible, one)
            finding = Finding(one.kind, where, privilege, one.score, one.start, one.end, one.text)
            weighed.append((finding, weigh(finding, self.policy, calibrated=one.calibrated)))
        if reading.unscanned is not None:
            finding = Finding(UNSCANNED, f"{reading.kind}: {reading.unscanned}", privilege)
            weighed.append((finding, weigh(finding, self.policy, calibrated=True)))
        return decide(weighed, marked=False, answerable=True)

    def _weigh_concealed(self, one: Concealed, privilege: Privilege) -> _Weighed:
        """Weigh that a text is hidden; of a harmless place also what it says there."""
        score = self.guard.score(one.text, Context(privilege))
        kinds = [one.kind]
        if one.kind in HARMLESS and score.suspicious:
            kinds.append(INJECTION)
        found = [Finding(kind, one.where, privilege, score.value, text=one.text) for kind in kinds]
        return [(finding, weigh(finding, self.policy, calibrated=score.calibrated)) for finding in found]


def _place(reading: Reading, visible: str, one: Suspect) -> str:
    """Write where in the visible text something stands; what hides is placed by its text alone."""
    if one.end <= one.start:
        return reading.kind
    span = f"characters {one.start} to {one.end}"
    if reading.kind != "pdf":
        return span
    return f"page {1 + visible.count(chr(12), 0, one.start)}, {span}"
