"""A Word document's package: its parts, and how they are related (ECMA-376 part 2)."""

from __future__ import annotations

from posixpath import dirname, join, normpath

import msgspec

from fen.hierarchy.documents.archive import unpack
from fen.hierarchy.documents.limits import Limits
from fen.hierarchy.documents.xml import Element, children, name_of, parse_xml, read_value
from fen.wire.errors import InvalidRequest

_FETCHED = ("image", "oleObject", "frame", "subDocument", "aFChunk", "video", "audio")
"""Relationships through which a reader fetches what it shows; links of the text are not followed."""


class Relation(msgspec.Struct, frozen=True):
    """Another part: what it is to this one, and its name; `outside` for an address."""

    kind: str
    target: str
    outside: bool


class Package:
    """The parts of a document by their names. Raises InvalidRequest for what is no Word document."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.parts = unpack(data, "DOCX", limits)
        self._relations: dict[str, dict[str, Relation]] = {}
        relations = self.relations("").values()
        main = next((one.target for one in relations if one.kind == "officeDocument"), "word/document.xml")
        if main not in self.parts:
            found = ", ".join(sorted(self.parts)[:3]) or "nothing"
            message = f"unreadable DOCX: found an archive of {found[:100]}, expected word/document.xml"
            raise InvalidRequest(message, code="unreadable_file")
        self.main = main
        for part in [name for name in self.parts if name.endswith(".rels")]:
            self._refuse_outside(part)

    def read(self, part: str | None) -> Element | None:
        """Return a part's root; None where there is no such part."""
        return parse_xml(self.parts[part], "DOCX") if part is not None and part in self.parts else None

    def relations(self, part: str) -> dict[str, Relation]:
        """Return what a part is related to, by id; the package itself is the part without a name."""
        name = join(dirname(part), "_rels", f"{part.rpartition('/')[2]}.rels")
        if name not in self._relations:
            self._relations[name] = self._read_relations(name, dirname(part))
        return self._relations[name]

    def related(self, kind: str) -> str | None:
        """Return the name of the part that is this to the main one."""
        return next((one.target for one in self.relations(self.main).values() if one.kind == kind), None)

    def _read_relations(self, name: str, folder: str) -> dict[str, Relation]:
        root = self.read(name)
        found: dict[str, Relation] = {}
        for one in children(root):
            if name_of(one) != "Relationship":
                continue
            target = read_value(one, "Target") or ""
            outside = read_value(one, "TargetMode") == "External"
            within = target[1:] if target.startswith("/") else normpath(join(folder, target))
            kind = (read_value(one, "Type") or "").rpartition("/")[2]
            found[read_value(one, "Id") or ""] = Relation(kind, target if outside else within, outside)
        return found

    def _refuse_outside(self, name: str) -> None:
        for one in self._read_relations(name, dirname(dirname(name))).values():
            if one.outside and one.kind in _FETCHED:
                message = f"unreadable DOCX: found an external {one.kind}, expected it inside the file"
                raise InvalidRequest(message, code="unreadable_file")
