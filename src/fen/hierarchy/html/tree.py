"""The one door to lxml: marked-up text in, a tree out, with nothing fetched and nothing expanded.

`huge_tree` stays off, which bounds depth (256) and text; what goes beyond is refused, since a page that is
read in part would hide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol, cast

from fen.wire.errors import InvalidRequest

Event = str

# libxml2 closes these by rules of HTML 4 that browsers do not have: `<b hidden><p>` would show the paragraph.
# Under names that it does not know they stay open, and get their own names back in the tree.
_KEPT_OPEN = frozenset(
    re.findall(
        r"\w+", "b big font i s small span strike tt u h1 h2 h3 h4 h5 h6 ul ol menu dir pre address form"
    )
)
_START = re.compile(rf"<(/?)({'|'.join(sorted(_KEPT_OPEN))})(?=[\s/>])".encode(), re.IGNORECASE)
_NAMED = "x-fen-"


class Element(Protocol):
    """What is used of lxml's element. tag: no `str` for a comment or a processing instruction."""

    tag: Any
    text: str | None
    tail: str | None

    def get(self, key: str) -> str | None:
        """Return the attribute's value."""
        ...

    def items(self) -> list[tuple[str, str]]:
        """Return the attributes."""
        ...

    def getparent(self) -> Element | None:
        """Return the element around this one."""
        ...

    def getprevious(self) -> Element | None:
        """Return the sibling before this one."""
        ...

    def getnext(self) -> Element | None:
        """Return the sibling after this one."""
        ...

    def itersiblings(self, *, preceding: bool = False) -> Iterator[Element]:
        """Yield the siblings after this one, or before it, nearest first."""
        ...

    def iter(self, *tags: str) -> Iterator[Element]:
        """Yield this element and those within it, in the order of the document."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Element]: ...


class Library(Protocol):
    """What is used of `lxml.etree`."""

    ParserError: type[Exception]
    XMLSyntaxError: type[Exception]

    def HTMLParser(self, **options: Any) -> Any:  # noqa: N802  lxml's name
        """Return a parser."""
        ...

    def fromstring(self, data: bytes, parser: Any) -> Element | None:
        """Return the root."""
        ...

    def iterwalk(self, root: Element, events: tuple[str, ...]) -> Iterator[tuple[Event, Element]]:
        """Yield events."""
        ...


def open_library() -> Library:
    """Return `lxml.etree`, which has no types of its own; loaded where files are read, for it is heavy."""
    from lxml import etree  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType]  lxml has none

    return cast("Library", etree)


def parse_html(data: bytes) -> Element | None:
    """Return the root of a page in UTF-8; None where there is nothing in it. Raises InvalidRequest."""
    etree = open_library()
    data = _START.sub(rb"<\1x-fen-\2", data)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        if data.strip():
            raise InvalidRequest(f"html: found {error}, expected markup that can be read") from None
        return None
    fatal = [entry.message for entry in parser.error_log if entry.level_name == "FATAL"]
    if fatal:
        raise InvalidRequest(f"html: found {fatal[0]!r}, expected at most 255 elements within each other")
    if root is not None:
        _rename(root)
    return root


def _rename(root: Element) -> None:
    """Give each element its own name back."""
    for node in root.iter():
        own = node.tag.removeprefix(_NAMED) if isinstance(node.tag, str) else ""
        if own in _KEPT_OPEN:
            node.tag = own


def restore(text: str) -> str:
    """Return a text or an attribute of the tree as the page has it, where it quotes markup."""
    return text.replace(_NAMED, "")


def walk(root: Element) -> Iterator[tuple[Event, Element]]:
    """Yield `start`, `end`, `comment` and `pi` with their nodes, as they stand in the document."""
    return open_library().iterwalk(root, events=("start", "end", "comment", "pi"))
