"""Laws of revealing: whatever the text, it comes back, and nothing is left to reveal in what is visible."""

import random

from hypothesis import given
from hypothesis import strategies as st

from fen.hierarchy.hidden import reveal
from tests.fakes.hiding import CARRIERS, CHINESE_PAYLOADS, PAYLOADS, TEXT_TRICKS

ODD = st.sampled_from(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad\u034f\ufe0f\ufe00\ufeff"
    "\U000e0041\U000e007f\U000e0100\U000e01ef\U0001f3f4\U0001f468👩❤1#\u20e3\x1b\x08\x00\x9b\ue000\U000f0041\ud800\ufff9"
    "אבم ا\u0301\u0302\u0338aoеоο𝐚Ａ中文\n %&\\=;[]8m0123"
)
ANYTHING = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text(ODD, max_size=60),
    st.lists(
        st.sampled_from(
            ["%69", "&#105;", "\\u0069", "SWdub3JlIGFsbCB0aGU", "gur ", "eht ", "=\n", "0x41", ".- -..."]
        )
    ).map("".join),
)


@given(ANYTHING)
def test_what_is_visible_has_nothing_left_to_find(text: str) -> None:
    visible = reveal(text).visible
    again = reveal(visible)
    hidden = [one for one in again.findings if one.kind != "homoglyph"]
    assert (hidden, again.visible) == ([], visible)


@given(ANYTHING)
def test_places_lie_in_the_text(text: str) -> None:
    seen = reveal(text)
    for one in (*seen.findings, *seen.decoded):
        assert 0 <= one.start < one.end <= len(text)


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Po", "Zs"], max_codepoint=0x4FFF)))
def test_letters_of_any_script_stay(text: str) -> None:
    fillers = "\u115f\u1160\u3164"
    if not any(char in text for char in fillers):
        assert reveal(text).visible is text


@given(st.integers(0, 2**32), st.sampled_from([one for one in TEXT_TRICKS if one.effect == "unseen"]))
def test_a_trick_within_a_trick_is_gone(seed: int, trick) -> None:
    draw = random.Random(seed)
    other = draw.choice([one for one in TEXT_TRICKS if one.effect == "broken"])
    payload = draw.choice(PAYLOADS + CHINESE_PAYLOADS)
    carrier = other.make(draw, draw.choice(CARRIERS), draw.choice(CARRIERS)).data
    sample = trick.make(draw, payload, carrier)
    seen = reveal(sample.data)
    assert seen.findings
    assert payload not in seen.visible
    assert sample.form not in seen.visible
