"""What a PDF says beside its pages: metadata, attachments, bookmarks, scripts, annotations, alternates."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from fen.hierarchy.documents.pdf.door import Handle, load_pdfium, read_words
from fen.hierarchy.documents.prose import decode_if_text, reads_as_prose
from fen.hierarchy.documents.xml import read_xml_words

_TAGS = (b"Title", b"Author", b"Subject", b"Keywords", b"Creator", b"Producer", b"Trapped")
_XMP = re.compile(rb"<x:xmpmeta.{1,200000}?</x:xmpmeta>", re.DOTALL)
_MOST = 1000
_ATTACHED = 200_000  # bytes of an attachment that are looked at

LINK, POPUP, WIDGET = 2, 16, 20
_SAYING = (b"Contents", b"V")
_STRINGS = (*_SAYING, b"TU", b"Subj", b"T")


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
        text = read_words(partial(pdfium.FPDF_GetMetaText, document, tag))
        if reads_as_prose(text):
            yield text
    for found in _XMP.finditer(data):
        yield from (text for text in read_xml_words(found[0]) if reads_as_prose(text))


def read_attachments(document: Handle) -> Iterator[str]:
    """Yield for each attached file its name and, where it is text, what it says."""
    pdfium = load_pdfium()
    for index in range(min(int(pdfium.FPDFDoc_GetAttachmentCount(document)), _MOST)):
        attached = pdfium.FPDFDoc_GetAttachment(document, index)
        name = read_words(partial(pdfium.FPDFAttachment_GetName, attached))
        length = ctypes.c_ulong()
        pdfium.FPDFAttachment_GetFile(attached, None, 0, ctypes.byref(length))
        content = b""
        if 0 < length.value <= 100_000_000:
            buffer = ctypes.create_string_buffer(length.value)
            pdfium.FPDFAttachment_GetFile(attached, buffer, length.value, ctypes.byref(length))
            content = buffer.raw[:_ATTACHED]
        yield f"{name}\n{decode_if_text(content)}".strip()


def read_scripts(document: Handle) -> Iterator[str]:
    """Yield the document's own JavaScript, which is never run."""
    pdfium = load_pdfium()
    for index in range(min(int(pdfium.FPDFDoc_GetJavaScriptActionCount(document)), _MOST)):
        action = pdfium.FPDFDoc_GetJavaScriptAction(document, index)
        yield read_words(partial(pdfium.FPDFJavaScriptAction_GetScript, action))
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
        title = read_words(partial(pdfium.FPDFBookmark_GetTitle, mark))
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
        flags = int(pdfium.FPDFAnnot_GetFlags(annotation))
        if flags & pdfium.FPDF_ANNOT_FLAG_NOVIEW:  # PDFium would flatten it all the same
            pdfium.FPDFAnnot_SetFlags(annotation, flags | pdfium.FPDF_ANNOT_FLAG_HIDDEN)
        rectangle = pdfium.FS_RECTF()
        pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(rectangle))
        kind = "form_value" if subtype == WIDGET else "annotation"
        strings = _read_strings(partial(pdfium.FPDFAnnot_GetStringValue, annotation), subtype == LINK)
        notes.extend(Note(kind, rectangle.left, rectangle.bottom, text) for text in strings)
        pdfium.FPDFPage_CloseAnnot(annotation)
    return notes, drawn


def _read_strings(get: Callable[..., int], labels: bool) -> Iterator[str]:
    """Yield the strings of an annotation; of names, subjects and labels those that say something."""
    for key in _STRINGS:
        text = read_words(partial(get, key))
        if text and ((key in _SAYING and not labels) or reads_as_prose(text)):
            yield text


def flatten(page: Handle) -> None:
    """Make what annotations and form fields draw a part of the page, so that it is judged as the rest is.

    A picture of the page, however small, makes PDFium draw the fields that only have a value, as viewers do.
    """
    pdfium = load_pdfium()
    bitmap = pdfium.FPDFBitmap_Create(1, 1, 0)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, 1, 1, 0, pdfium.FPDF_ANNOT)
    pdfium.FPDFBitmap_Destroy(bitmap)
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
            calls = (pdfium.FPDF_StructElement_GetAltText, pdfium.FPDF_StructElement_GetActualText)
            found.extend(read_words(partial(call, element)) for call in calls)
            waiting.extend(
                (pdfium.FPDF_StructElement_GetChildAtIndex(element, index), depth + 1)
                for index in range(int(pdfium.FPDF_StructElement_CountChildren(element)))
            )
        return [text for text in found if text]
    finally:
        pdfium.FPDF_StructTree_Close(tree)
