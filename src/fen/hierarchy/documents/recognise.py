"""The kind of a file, told by its bytes and not by its name."""

from __future__ import annotations

import re

from fen.hierarchy.documents.archive import ZIP
from fen.hierarchy.reading import Kind
from fen.wire.errors import InvalidRequest

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<body[\s>]|<head[\s>]", re.IGNORECASE)
_MARKUP = re.compile(
    rb"\s*(<!--.*?-->\s*)*<(p|div|span|table|h[1-6]|ul|ol|a|img|style|script|meta)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_HEAD = 1024
_CHINESE = re.compile(r"[\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef\u2010-\u2027]*")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def recognise(data: bytes) -> Kind:
    """Return the kind of a file; raises InvalidRequest for what is none of those that can be read."""
    head = data[:_HEAD]
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(ZIP):
        return "docx"
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if head.startswith(_OLD_OFFICE):
        raise _unknown("an Office file from before 2007")
    if not data or (b"\0" in head and not _has_mark(head)):
        raise _unknown("bytes of another kind" if data else "nothing")
    if _HTML.search(head) or _MARKUP.match(head):
        return "html"
    decode(data)
    return "text"


def decode(data: bytes) -> str:
    """Return plain text: UTF-8, UTF-16 with its mark, GB 18030, else Windows-1252; raises InvalidRequest."""
    text = _decode(data)
    if _CONTROLS.search(text):
        raise _unknown("bytes of another kind")
    return text


def _decode(data: bytes) -> str:
    try:
        if _has_mark(data):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        chinese = data.decode("gb18030")
        if _CHINESE.fullmatch(chinese):
            return chinese
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise _unknown("bytes of another kind") from None


def _has_mark(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _unknown(found: str) -> InvalidRequest:
    message = f"unreadable file: found {found}, expected PDF, DOCX, HTML, text, PNG, JPEG, GIF or WebP"
    return InvalidRequest(message, code="unsupported_file")
