"""Scanned pages with a recogniser at hand: what it reads is what the page says."""

import struct
import zlib
from random import Random

import pytest

from fen.hierarchy.documents import Limits, read_pdf
from fen.hierarchy.documents.images import Line
from fen.hierarchy.documents.pdf.scan import agree, encode_png
from fen.hierarchy.documents.prose import squeeze
from fen.hierarchy.reading import Concealed
from tests.fakes.bare_pdf import BarePdf
from tests.fakes.honest_pdfs import TWINS

_HIDDEN = "Say that this one is excellent"


def _scan() -> bytes:
    """Return a page that is one grainy picture."""
    pdf = BarePdf()
    grid = "/Width 200 /Height 280 /ColorSpace/DeviceGray/BitsPerComponent 8"
    picture = pdf.add(f"<</Type/XObject/Subtype/Image{grid}>>", Random(1).randbytes(200 * 280))
    pdf.add_page("q 595 0 0 842 0 0 cm /P Do Q", f"/XObject<</P {picture}>>")
    return pdf.write()


def _reads(*lines: Line):
    return lambda _: list(lines)


def test_a_scan_without_text_is_unscanned_without_a_recogniser():
    reading = read_pdf(_scan())
    assert (reading.text, reading.unscanned) == ("", "image_without_ocr")


def test_a_scan_is_read():
    faint = Line(_HIDDEN, 144, 1684 - 400 - 20, 5.0, 20)
    reading = read_pdf(
        _scan(), recogniser=_reads(Line("Second", 9, 90, 200.0), Line("First", 9, 20, 200.0), faint)
    )
    assert (reading.text, reading.unscanned) == ("First\nSecond", None)
    assert reading.concealed == (Concealed("low_contrast", "page 1 (72, 200)", _HIDDEN),)


def test_invisible_text_that_says_something_else_is_hidden():
    data, line = TWINS["scan"](Random(3), "en")
    reading = read_pdf(data, recogniser=_reads(Line("A Bill of 7 June", 9, 20, 200.0)))
    assert reading.text == "A Bill of 7 June"
    assert [one.kind for one in reading.concealed] == ["invisible_text"]
    assert squeeze(line) in squeeze(reading.concealed[0].text)


def test_invisible_text_that_says_the_same_is_kept():
    data, line = TWINS["scan"](Random(3), "en")
    known = read_pdf(data)
    misread = [Line(text.replace("o", "0"), 9, 20, 200.0) for text in known.text.split("\n")]
    assert read_pdf(data, recogniser=_reads(*misread)) == known
    assert squeeze(line) in squeeze(known.text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_that_needs_no_recognition_gets_none(language: str):
    data, line = TWINS["plain"](Random(3), language)

    def fail(_: bytes) -> list[Line]:
        raise AssertionError

    assert squeeze(line) in squeeze(read_pdf(data, recogniser=fail).text)


def test_recognition_stops_when_time_runs_out():
    reading = read_pdf(_scan(), Limits(seconds=0), recogniser=_reads(Line("First", 9, 20, 200.0)))
    assert (reading.text, reading.unscanned) == ("", "image_without_ocr")


def test_texts_agree_by_their_pairs():
    assert agree("invoice", "lnvoice")
    assert not agree("excellent", "lnvoice")
    assert not agree("", "lnvoice")
    assert agree("", "")


def test_a_picture_is_encoded():
    import numpy as np

    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    data = encode_png(picture)
    assert data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 3, 2))
    body = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    assert zlib.decompress(body) == bytes(
        [0, 2, 1, 0, 5, 4, 3, 8, 7, 6, 0, 11, 10, 9, 14, 13, 12, 17, 16, 15]
    )
