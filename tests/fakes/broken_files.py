"""Files that break readers: damaged, endless, nested, or larger than they look."""

from collections.abc import Callable
from io import BytesIO
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

from tests.fakes.bare_pdf import BarePdf, show
from tests.fakes.hiding_docx import Letter

_BILLION = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 10))
    + "]><w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
    "<w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>"
)
_EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
    "<w:body><w:p><w:r><w:t>&secret;</w:t></w:r></w:p></w:body></w:document>"
)
_FETCHING = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"'
    ' Target="http://127.0.0.1:9/pixel.png" TargetMode="External"/></Relationships>'
)


def zip_of(members: dict[str, bytes | str]) -> bytes:
    """Return an archive."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def sound_pdf() -> bytes:
    """Return a small PDF of one line."""
    pdf = BarePdf()
    pdf.add_page(show("A sound file", 72, 700))
    return pdf.write()


def sound_docx() -> bytes:
    """Return a small Word document."""
    letter = Letter(Random(1), "en", "A sound file")
    letter.write()
    return letter.read()


def encrypted_pdf() -> bytes:
    """Return a PDF that opens only with a password."""
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, encrypt="a password")
    canvas.drawString(72, 700, "secret")
    canvas.save()
    return file.getvalue()


def long_pdf(pages: int) -> bytes:
    """Return a PDF of empty pages."""
    pdf = BarePdf()
    for _ in range(pages):
        pdf.add_page("")
    return pdf.write()


def wide_pdf() -> bytes:
    """Return a PDF whose page has 640 thousand million points."""
    pdf = BarePdf()
    pdf.add_page(show("A", 72, 700), more="/MediaBox[0 0 800000 800000]")
    return pdf.write()


def slow_pdf() -> bytes:
    """Return a small PDF that draws a large picture a hundred thousand times."""
    pdf = BarePdf()
    tile = pdf.add("<</Type/XObject/Subtype/Form/BBox[0 0 595 842]>>", b"0 0 595 842 re f " * 3000)
    more = pdf.add(
        f"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</T {tile}>>>>>>",
        b"/T Do " * 300,
    )
    pdf.add_page(show("A", 72, 700) + "/M Do " * 100, f"/XObject<</M {more}>>")
    return pdf.write()


def deep_pdf() -> bytes:
    """Return a PDF whose arrays are nested a hundred thousand deep."""
    pdf = BarePdf()
    pdf.catalog = "/Deep" + "[" * 100_000 + "]" * 100_000
    pdf.add_page("")
    return pdf.write()


def circular_pdf() -> bytes:
    """Return a PDF whose page tree contains itself."""
    return sound_pdf().replace(b"/Kids[", b"/Kids[2 0 R ")


def lying_docx() -> bytes:
    """Return an archive that says that its member is small."""
    data = bytearray(zip_of({"word/document.xml": b"a" * 5000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def nested_docx(depth: int) -> bytes:
    """Return archives within archives; the outermost is a Word document."""
    data = zip_of({"a.txt": "a"})
    for _ in range(depth - 2):
        data = zip_of({"a.zip": data})
    return zip_of({"word/document.xml": "<document/>", "word/embeddings/a.zip": data})


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "random bytes as PDF": (lambda: b"%PDF-1.7\n" + Random(1).randbytes(200_000), "unreadable PDF"),
    "nothing": (lambda: b"", "found nothing"),
    "encrypted PDF": (encrypted_pdf, "unreadable PDF: found encrypted"),
    "10,000 pages": (lambda: long_pdf(10_000), "found 10000 pages, expected 1 to 200"),
    "wide page": (wide_pdf, "expected at most 50000000"),
    "bomb": (lambda: zip_of({"word/document.xml": bytes(80_000_000)}), ":1, expected at most 100:1"),
    "many members": (lambda: zip_of({f"word/{at}.xml": "" for at in range(6000)}), "6000 members"),
    "lying sizes": (lying_docx, "unreadable DOCX"),
    "nested archives": (lambda: nested_docx(4), "archives nested 3 deep, expected at most 2"),
    "billion laughs": (lambda: zip_of({"word/document.xml": _BILLION}), "unreadable DOCX"),
    "external entity": (lambda: zip_of({"word/document.xml": _EXTERNAL}), "document type definition"),
    "external image": (
        lambda: zip_of({"word/document.xml": "<document/>", "word/_rels/document.xml.rels": _FETCHING}),
        "external image",
    ),
    "other archive": (lambda: zip_of({"xl/workbook.xml": "<workbook/>"}), "expected word/document.xml"),
    "old Office": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "before 2007"),
    "zeros": (lambda: bytes(100_000_000), "found bytes of another kind"),
    "too large": (lambda: bytes(100_000_001), "found 100000001 bytes"),
    "large picture": (
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\1\0\0\0\1\0\0" + bytes(9),
        "65536 x 65536 pixels",
    ),
}
"""What makes each file, and what its refusal says."""
