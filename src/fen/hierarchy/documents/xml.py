"""XML read without its dangers: no DTD, no entities, no network; and the words in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Protocol, cast

from fen.wire.errors import InvalidRequest

_KNOWN = (
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "http://schemas.microsoft.com/",
    "urn:schemas-microsoft-com:",
)


class Element(Protocol):
    """What is used of lxml's elements, which have no types."""

    tag: str
    text: str | None
    tail: str | None
    attrib: Mapping[str, str]

    def __iter__(self) -> Iterator[Element]: ...
    def iter(self, tag: str = "*") -> Iterator[Element]:
        """Yield the element and all in it."""
        ...


def parse_xml(data: bytes, what: str) -> Element:
    """Return the root of an XML document, without its comments.

    Raises InvalidRequest, also for a document type definition: no office program writes one.
    """
    from lxml import etree as untyped  # noqa: PLC0415 # pyright: ignore  (only workers need it; it has no types)

    etree = cast(Any, untyped)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"unreadable {what}: found XML that is not well formed ({error}), expected well-formed XML"
        raise InvalidRequest(message, code="unreadable_file") from None
    if root.getroottree().docinfo.internalDTD is not None:
        message = f"unreadable {what}: found a document type definition, expected none"
        raise InvalidRequest(message, code="unreadable_file")
    return cast(Element, root)


@lru_cache(maxsize=2000)
def split_tag(tag: str) -> tuple[str, bool]:
    """Return a tag's local name, and whether its namespace is one of office programs."""
    space, _, name = tag.rpartition("}")
    return name, not space or space[1:].startswith(_KNOWN)


def name_of(element: Element) -> str:
    """Return an element's local name."""
    return split_tag(element.tag)[0]


def read_value(element: Element | None, name: str = "val") -> str | None:
    """Return the attribute of that local name; None without."""
    if element is None:
        return None
    return next((value for key, value in element.attrib.items() if split_tag(key)[0] == name), None)


def find_child(element: Element | None, *path: str) -> Element | None:
    """Return the first child, and so on along a path of local names; None where it ends."""
    for step in path:
        if element is None:
            return None
        element = next((child for child in element if name_of(child) == step), None)
    return element


def children(element: Element | None) -> Iterator[Element]:
    """Yield an element's children; none of none."""
    return iter(element) if element is not None else iter(())


def find_all(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements of that local name, at any depth."""
    return (one for one in element.iter("*") if name_of(one) == name)


def read_xml_words(data: bytes) -> Iterator[str]:
    """Yield the texts of the elements and the values of the attributes; nothing of what is no XML."""
    try:
        root = parse_xml(data, "XML")
    except InvalidRequest:
        return
    for element in root.iter("*"):
        yield from (text for text in (element.text, element.tail) if text and text.strip())
        yield from element.attrib.values()
