"""Files as content parts: by what they are, and not by what they are called."""

import base64

import pytest

from fen.app.attaching import attach, name_part
from fen.wire.errors import InvalidRequest
from fen.wire.message import FilePart, ImagePart, TextPart


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xffrest", "image/jpeg"),
        (b"GIF89arest", "image/gif"),
        (b"RIFF0000WEBPrest", "image/webp"),
    ],
)
def test_an_image_is_a_data_url(data: bytes, kind: str) -> None:
    part = attach("x.exe", data)
    assert isinstance(part, ImagePart)
    assert part.image_url.url == f"data:{kind};base64,{base64.b64encode(data).decode()}"
    assert name_part(part) == ""


def test_a_pdf_is_a_file() -> None:
    part = attach("a\n.pdf", b"%PDF-1.7")
    assert isinstance(part, FilePart)
    assert (part.file.filename, part.file.file_id) == ("a.pdf", None)
    assert name_part(part) == "a.pdf"


def test_a_text_is_told_as_text() -> None:
    part = attach("notes.md", "\ufeff分 <b>".encode())
    assert part == TextPart("notes.md\n\n分 <b>")
    assert name_part(part) == "notes.md"


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00", b"\xfe\xff", b"a\0b"])
def test_what_nobody_reads_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"a\.zip: found a file of another kind, expected an image"):
        attach("a.zip", data)
