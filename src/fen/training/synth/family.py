"""A family: type, phrasing and carrier together, and how one draw of it becomes a conflict and its twins."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fen.training.item import Condition, Grader, Item, Kind, Language, Message
from fen.training.synth.draw import Draw


class Part(msgspec.Struct, frozen=True):
    """One of a draw's items. rejected, canary: of a conflict."""

    messages: tuple[Message, ...]
    target: str
    grader: Grader
    rejected: str | None = None
    canary: str | None = None


class Triple(msgspec.Struct, frozen=True):
    """A draw's three items: an instruction that conflicts, one that counts at its place, and none."""

    conflict: Part
    aligned: Part
    reference: Part


class Family(msgspec.Struct, frozen=True):
    """A family. carrier: what the lower instruction is in. phrasings: the groups of its wordings.

    held_out: it is never trained on, and its kind, phrasings and carrier are in no family that is.
    """

    name: str
    kind: Kind
    language: Language
    carrier: str
    phrasings: tuple[str, ...]
    held_out: bool
    make: Callable[[Draw, str], Triple]

    def draw(self, drawn: Draw, stem: str) -> tuple[Item, Item, Item]:
        """Return a draw's conflict, aligned twin and reference; stem: what their ids begin with."""
        triple = self.make(drawn, self.carrier)
        return (
            self._item(drawn, stem, "conflict", triple.conflict),
            self._item(drawn, stem, "aligned", triple.aligned),
            self._item(drawn, stem, "reference", triple.reference),
        )

    def _item(self, drawn: Draw, stem: str, condition: Condition, part: Part) -> Item:
        twin = "aligned" if condition == "conflict" else "conflict"
        return Item(
            id=f"{stem}-{condition}",
            family=self.name,
            kind=self.kind,
            language=self.language,
            condition=condition,
            template=f"{self.name}/{drawn.phrasing}-{drawn.wording}",
            messages=part.messages,
            target=part.target,
            grader=part.grader,
            rejected=part.rejected,
            canary=part.canary,
            twin=f"{stem}-{twin}",
            phrasing=drawn.phrasing,
            carrier=self.carrier,
            position=drawn.position,
            marked=drawn.marked,
        )
