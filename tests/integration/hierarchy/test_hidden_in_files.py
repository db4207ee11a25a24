"""Each way to hide a text in a PDF or a Word document is found and named; honest files are not flagged."""

import os
import shutil
import subprocess
from collections.abc import Callable
from random import Random

import pytest

from fen.hierarchy.documents import read_docx, read_pdf, to_text_part
from fen.hierarchy.documents.prose import squeeze
from fen.hierarchy.reading import Reading
from tests.fakes import hiding_docx, hiding_pdfs, honest_docx, honest_pdfs
from tests.fakes.hiding_words import FAMOUS, LANGUAGES, Sample
from tests.sizes import is_proving, pick

_DRAWS = pick(2, 20)
_Read = Callable[[bytes], Reading]
_TRICKS = [(read_pdf, f"pdf {name}", draw) for name, draw in hiding_pdfs.TRICKS.items()]
_TRICKS += [(read_docx, f"docx {name}", draw) for name, draw in hiding_docx.TRICKS.items()]
_TWINS = [(read_pdf, f"pdf {name}", draw) for name, draw in honest_pdfs.TWINS.items()]
_TWINS += [(read_docx, f"docx {name}", draw) for name, draw in honest_docx.TWINS.items()]


def test_there_are_as_many_tricks_as_promised():
    assert len(hiding_pdfs.TRICKS) >= 18
    assert len(hiding_docx.TRICKS) >= 16
    assert len(_TRICKS) >= 34
    assert len(_TWINS) >= 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("read", "name", "draw"), _TRICKS, ids=[name for _, name, _ in _TRICKS])
def test_a_trick_is_found_named_and_kept_from_the_model(
    read: _Read, name: str, draw: hiding_pdfs.Draw, language: str
):
    for number in range(_DRAWS):
        sample = draw(Random(f"{name} {number}"), language)
        reading = read(sample.data)

        found = [one for one in reading.concealed if squeeze(sample.payload) in squeeze(one.text)]
        assert [one for one in found if one.kind in sample.kinds and one.where.startswith(sample.where)], (
            reading
        )
        assert len(reading.concealed) == len(found), reading  # and nothing else is held to be hidden
        assert reading.text.strip() or reading.unscanned  # the rest is there still
        for part in _parts(sample):
            assert part not in squeeze(to_text_part(reading, "cv")), reading


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("read", "name", "draw"), _TWINS, ids=[name for _, name, _ in _TWINS])
def test_an_honest_file_is_not_flagged(read: _Read, name: str, draw: honest_pdfs.Twin, language: str):
    for number in range(_DRAWS):
        data, line = draw(Random(f"{name} {number}"), language)
        reading = read(data)

        assert reading.concealed == ()
        assert reading.unscanned is None
        assert squeeze(line[:30]) in squeeze(reading.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_famous_cv_as_pdf(language: str):
    sheet = hiding_pdfs.Sheet(Random(language), language, FAMOUS[language])
    sheet.pages, sheet.page, sheet.x, sheet.y = 2, 2, 72, 90

    def hide(sheet: hiding_pdfs.Sheet) -> None:
        sheet.canvas.setFillColorRGB(1, 1, 1)
        sheet.write(size=4)

    reading = read_pdf(sheet.draw(hide))

    (found,) = reading.concealed
    assert (found.kind, squeeze(found.text)) == ("white_text", squeeze(FAMOUS[language]))
    assert found.where in ("page 2 (72, 89)", "page 2 (72, 90)")
    sent = to_text_part(reading, "cv.pdf")
    assert squeeze(FAMOUS[language][:10]) not in squeeze(sent)
    assert "[page 1]" in sent
    assert len(reading.text.split("\n")) >= 11


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_famous_cv_as_docx(language: str):
    letter = hiding_docx.Letter(Random(language), language, FAMOUS[language])
    run = letter.write()
    run.font.color.rgb = hiding_docx.WHITE
    run.font.size = hiding_docx.Pt(4)

    reading = read_docx(letter.read())

    (found,) = reading.concealed
    assert (found.kind, found.text) == ("white_text", FAMOUS[language])
    assert found.where == f"paragraph {letter.number}"
    assert squeeze(FAMOUS[language][:10]) not in squeeze(to_text_part(reading, "cv.docx"))
    assert len(reading.text.split("\n")) == 5


@pytest.mark.skipif(not is_proving(), reason="looks at each page with tesseract, only in `make prove`")
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="found no tesseract on PATH")
@pytest.mark.parametrize(("name", "draw"), hiding_pdfs.TRICKS.items(), ids=hiding_pdfs.TRICKS)
def test_nobody_reads_what_a_trick_hides_on_the_page(name: str, draw: hiding_pdfs.Draw):
    """The truth about the tricks themselves: recognition does not find the payload on the page."""
    for number in range(min(_DRAWS, 2)):  # a page takes half a second to recognise
        sample = draw(Random(f"pdf {name} {number}"), "en")
        for page in range(hiding_pdfs.count_pages(sample.data)):
            picture = hiding_pdfs.picture_page(sample.data, 3, page)
            assert not [part for part in _parts(sample) if part in squeeze(_recognise(picture))]


def _parts(sample: Sample) -> list[str]:
    """Return the payload's own words: those of 9 capitals, and any 24 characters of it."""
    short = squeeze(sample.payload)
    return [short[start : start + 24] for start in range(0, max(1, len(short) - 23), 8)]


def _recognise(picture: hiding_pdfs.Image.Image) -> str:
    file = hiding_pdfs.BytesIO()
    picture.save(file, "PNG")
    one = {**os.environ, "OMP_THREAD_LIMIT": "1"}  # its threads wait for each other longer than they work
    done = subprocess.run(
        ["tesseract", "-", "-"], input=file.getvalue(), capture_output=True, check=True, env=one
    )
    return done.stdout.decode()
