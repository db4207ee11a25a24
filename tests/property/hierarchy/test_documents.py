"""Laws of reading files: what differs from its ground is seen, what does not is hidden, and all is told."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fen.hierarchy.documents import LIMITS, read_pdf, to_text_part
from fen.hierarchy.documents.rewrite import clean_name
from fen.hierarchy.documents.worker import answer
from fen.hierarchy.reading import Reading
from tests.fakes.bare_pdf import BarePdf, show
from tests.sizes import pick

_WORDS = st.sampled_from(["Ground truth", "雪花晶体研究", "Weather report 7"])
_LEVELS = st.integers(0, 255)
_RENDERED = settings(max_examples=pick(40, 2000))  # each example renders a page twice


@_RENDERED
@given(ink=st.tuples(_LEVELS, _LEVELS, _LEVELS), ground=st.tuples(_LEVELS, _LEVELS, _LEVELS), text=_WORDS)
def test_text_is_seen_by_its_difference_from_what_lies_behind(
    ink: tuple[int, int, int], ground: tuple[int, int, int], text: str
):
    apart = max(abs(one - other) for one, other in zip(ink, ground, strict=True))
    assume(not 24 < apart < 80)  # where people differ too
    fill, paint = (" ".join(f"{level / 255:.4f}" for level in colour) for colour in (ground, ink))
    pdf = BarePdf()
    pdf.add_page(f"{fill} rg 0 0 595 842 re f {paint} rg " + show(text, 90, 500))

    reading = read_pdf(pdf.write())

    if apart >= 80:
        assert (reading.text, reading.concealed) == (text, ())
    else:
        assert reading.text == ""
        assert [(one.kind, one.where, one.text) for one in reading.concealed] == [
            ("white_text", reading.concealed[0].where, text)
        ]


@_RENDERED
@given(x=st.integers(-400, 900), y=st.integers(-400, 1200))
def test_text_is_seen_where_the_page_is(x: int, y: int):
    pdf = BarePdf()
    pdf.add_page(show("W", x, y, size=20))
    reading = read_pdf(pdf.write())
    within = 0 <= x <= 595 - 20 and 0 <= y <= 842 - 20
    outside = x < -20 or x > 595 or y < -20 or y > 842
    if within:
        assert (reading.text, reading.concealed) == ("W", ())
    if outside:
        assert reading.text == ""
        assert [one.kind for one in reading.concealed] == ["off_page"]


@given(
    data=st.binary(max_size=300), head=st.sampled_from([b"%PDF-1.7\n", b"PK\x03\x04", b"\xff\xd8\xff", b""])
)
def test_any_bytes_end_in_a_reading_or_a_refusal(data: bytes, head: bytes):
    assume(b"<" not in data)
    reply = answer(head + data, LIMITS)
    assert (reply.reading is None) == bool(reply.refused)
    assert "its reader failed" not in reply.refused


@given(name=st.text(max_size=60), text=st.text(max_size=60))
def test_a_name_adds_no_line_and_no_mark(name: str, text: str):
    part = to_text_part(Reading("docx", text), name)
    first, rest = part.split("\n", 1)
    assert first == f"[file: {clean_name(name)}]"
    assert rest == f"{text}\n[end of file]"
    assert clean_name(clean_name(name)) == clean_name(name)
    assert "[" not in clean_name(name)
