"""Pages: what no person sees is found and does not get through, and nothing ordinary is flagged."""

import random

import pytest

from fen.hierarchy.hidden import reveal
from fen.hierarchy.markup import MOST_BYTES, ROUTINE, read_html
from fen.wire.errors import InvalidRequest
from tests.fakes.hiding import CARRIERS, CHINESE_PAYLOADS, PAYLOADS, Trick, squash
from tests.fakes.pages import HTML_TRICKS, HTML_TWINS
from tests.fakes.twins import Twin
from tests.sizes import pick

DRAWS = pick(3, 20)


@pytest.mark.parametrize("trick", HTML_TRICKS, ids=lambda one: one.name)
def test_what_no_person_sees_is_found_and_gone(trick: Trick) -> None:
    for seed in range(DRAWS):
        draw = random.Random(f"{trick.name} {seed}")
        payload, carrier = draw.choice(PAYLOADS + CHINESE_PAYLOADS), draw.choice(CARRIERS)
        sample = trick.make(draw, payload, carrier)
        reading = read_html(draw.choice((sample.data, sample.data.encode())))
        said = [one.text for one in reading.concealed]
        said += [one.text for text in said for one in reveal(text).decoded]
        assert squash(payload) in squash("".join(said)), sample.data
        assert not overlaps(payload, reading.text), sample.data
        assert squash(carrier) == squash(
            "".join(line for line in reading.text.splitlines() if line in carrier)
        )


def overlaps(payload: str, text: str) -> bool:
    """Whether a part of the payload is in the text that would not be there by chance."""
    length = 14 if payload.isascii() else 6
    return any(payload[at : at + length] in text for at in range(len(payload) - length + 1))


@pytest.mark.parametrize("twin", HTML_TWINS, ids=lambda one: one.name)
def test_what_is_ordinary_is_seen_and_not_flagged(twin: Twin) -> None:
    for seed in range(max(DRAWS, 8)):
        page = twin.make(random.Random(f"{twin.name} {seed}"))
        reading = read_html(page)
        assert [one for one in reading.concealed if one.kind not in ROUTINE] == [], page
        assert "Seen text" in reading.text.replace("\t", ""), page
        assert "The shop opens at nine." in reading.text


def test_there_are_enough_tricks() -> None:
    assert len({trick.name for trick in HTML_TRICKS}) == len(HTML_TRICKS) >= 28
    assert len({twin.name for twin in HTML_TWINS}) == len(HTML_TWINS) >= 12
