"""XML read without its dangers: no DTD, no entities, no network; and the words in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fen.wire.errors import InvalidRequest

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # noqa: PLC2701 (lxml's own name for what it returns)


def parse_xml(data: bytes, what: str) -> Element:
    """Return the root of an XML document; raises InvalidRequest, also for a DTD: no office program writes one."""
    from lxml import etree  # noqa: PLC0415 (only workers need it)

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"unreadable {what}: found no well-formed XML ({error}), expected XML"
        raise InvalidRequest(message, code="unreadable_file") from None
    if root.getroottree().docinfo.internalDTD is not None:
        message = f"unreadable {what}: found a document type definition, expected none"
        raise InvalidRequest(message, code="unreadable_file")
    return root


def read_xml_words(data: bytes) -> Iterator[str]:
    """Yield the texts of the elements and the values of the attributes; nothing of what is no XML."""
    try:
        root = parse_xml(data, "XML")
    except InvalidRequest:
        return
    for element in root.iter("*"):
        yield from (text for text in (element.text, element.tail) if text and text.strip())
        yield from (str(value) for value in element.attrib.values())
