"""What a PDF says beside its pages: metadata, attachments, bookmarks, scripts, annotations, alternate texts."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator

import msgspec

from fen.hierarchy.documents.markup_words import read_xml_words
from fen.hierarchy.documents.pdf.door import Handle, load_pdfium, read_words
from fen.hierarchy.documents.prose import reads_as_prose

_TAGS = (b"Title", b"Author", b"Subject", b"Keywords", b"Creator", b"Producer", b"Trapped")
_XMP = re.compile(rb"<x:xmpmeta.{1,200000}?</x:xmpmeta>", re.DOTALL)
_MOST = 1000
_ATTACHED = 200_000  # bytes of an attachment that are looked at

LINK, POPUP, WIDGET = 2, 16, 20
_STRINGS = (b"Contents", b"V", b"TU", b"Subj", b"T")


class Note(msgspec.Struct, frozen=True):
    """A string of an annotation; x, y: its lower left corner in the page's own points."""

    kind: str
    x: float
    y: float
    text: str


def read_metadata(document: Handle, data: bytes) -> Iterator[str]:
    """Yield the entries of the document's information and of its XMP that say something."""
    pdfium = load_pdfium()
    for tag in _TAGS:
        text = read_words(lambda *rest, tag=tag: pdfium.FPDF_GetMetaText(document, tag, *rest))
        if reads_as_prose(text):
            yield text
    for found in _XMP.finditer(data):
        yield from (text for text in read_xml_words(found[0]) if reads_as_prose(text))


def read_attachments(document: Handle) -> Iterator[str]:
    """Yield for each attached file its name and, where it is text, what it says."""
    pdfium = load_pdfium()
    for index in range(min(int(pdfium.FPDFDoc_GetAttachmentCount(document)), _MOST)):
        attached = pdfium.FPDFDoc_GetAttachment(document, index)
        name = read_words(lambda *rest, attached=attached: pdfium.FPDFAttachment_GetName(attached, *rest))
        length = ctypes.c_ulong()
        pdfium.FPDFAttachment_GetFile(attached, None, 0, ctypes.byref(length))
        content = b""
        if 0 < length.value <= 100_000_000:
            buffer = ctypes.create_string_buffer(length.value)
            pdfium.FPDFAttachment_GetFile(attached, buffer, length.value, ctypes.byref(length))
            content = buffer.raw[:_ATTACHED]
        yield f"{name}\n{decode_if_text(content)}".strip()


def decode_if_text(content: bytes) -> str:
    """Return what bytes say, or how many they are where they are no UTF-8 text."""
    text = content.decode("utf-8", errors="replace")
    odd = sum(character == "\ufffd" or not (character.isprintable() or character.isspace()) for character in text)
    return text if odd * 20 <= len(text) else f"({len(content)} bytes that are no text)"


def read_scripts(document: Handle) -> Iterator[str]:
    """Yield the document's own JavaScript, which is never run."""
    pdfium = load_pdfium()
    for index in range(min(int(pdfium.FPDFDoc_GetJavaScriptActionCount(document)), _MOST)):
        action = pdfium.FPDFDoc_GetJavaScriptAction(document, index)
        yield read_words(lambda *rest, action=action: pdfium.FPDFJavaScriptAction_GetScript(action, *rest))
        pdfium.FPDFDoc_CloseJavaScriptAction(action)


def read_bookmarks(document: Handle) -> Iterator[str]:
    """Yield the titles of the outline that say something: a person sees them beside the page at most."""
    pdfium = load_pdfium()
    waiting = [pdfium.FPDFBookmark_GetFirstChild(document, None)]
    for _ in range(_MOST):
        mark = waiting.pop() if waiting else None
        if not mark:
            if not waiting:
                return
            continue
        title = read_words(lambda *rest, mark=mark: pdfium.FPDFBookmark_GetTitle(mark, *rest))
        if reads_as_prose(title):
            yield title
        waiting.append(pdfium.FPDFBookmark_GetNextSibling(document, mark))
        waiting.append(pdfium.FPDFBookmark_GetFirstChild(document, mark))


def read_notes(page: Handle) -> tuple[list[Note], bool]:
    """Return the strings of a page's annotations, and whether any may be drawn on it."""
    pdfium = load_pdfium()
    notes: list[Note] = []
    drawn = False
    for index in range(min(int(pdfium.FPDFPage_GetAnnotCount(page)), _MOST)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        subtype = int(pdfium.FPDFAnnot_GetSubtype(annotation))
        drawn = drawn or subtype not in {LINK, POPUP}
        rectangle = pdfium.FS_RECTF()
        pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(rectangle))
        kind = "form_value" if subtype == WIDGET else "annotation"
        for text in _read_strings(lambda *rest, one=annotation: pdfium.FPDFAnnot_GetStringValue(one, *rest)):
            notes.append(Note(kind, rectangle.left, rectangle.bottom, text))
        pdfium.FPDFPage_CloseAnnot(annotation)
    return notes, drawn


def _read_strings(get: Callable[..., int]) -> Iterator[str]:
    for key in _STRINGS:
        text = read_words(lambda *rest, key=key: get(key, *rest))
        if text and (key not in (b"TU", b"Subj", b"T") or reads_as_prose(text)):
            yield text


def flatten(page: Handle) -> None:
    """Make what annotations and form fields draw a part of the page, so that it is judged as the rest is."""
    pdfium = load_pdfium()
    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)


def read_alternates(page: Handle) -> list[str]:
    """Return what the page's structure says in place of its pictures and words: `Alt` and `ActualText`."""
    pdfium = load_pdfium()
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return []
    try:
        waiting = [
            (pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), 0)
            for index in range(int(pdfium.FPDF_StructTree_CountChildren(tree)))
        ]
        found: list[str] = []
        while waiting and len(found) < 1000:
            element, depth = waiting.pop()
            if not element or depth > 50:
                continue
            for call in (pdfium.FPDF_StructElement_GetAltText, pdfium.FPDF_StructElement_GetActualText):
                found.append(read_words(lambda *rest, call=call, element=element: call(element, *rest)))
            waiting.extend(
                (pdfium.FPDF_StructElement_GetChildAtIndex(element, index), depth + 1)
                for index in range(int(pdfium.FPDF_StructElement_CountChildren(element)))
            )
        return [text for text in found if text]
    finally:
        pdfium.FPDF_StructTree_Close(tree)


