"""Laws of examining: no request breaks it, what was found is not sent, trusted texts stay as they are."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.hierarchy.documents import Documents
from fen.hierarchy.examine import Examined, Examiner
from fen.hierarchy.labels import label
from fen.hierarchy.plain import is_plain
from fen.hierarchy.policy import GuardPolicy
from fen.hierarchy.privilege import Privilege
from fen.hierarchy.reading import Reading
from fen.hierarchy.rewriting import retext
from fen.hierarchy.spotlight import choose_pieces
from fen.wire.request import Request, parse_request
from tests.fakes.keyword_guard import WORD, keyword_guard
from tests.property.hierarchy.requests import requests
from tests.sizes import pick

SECRET = bytes(range(32))
ENFORCE = GuardPolicy(mode="enforce")
OBSERVE = GuardPolicy(mode="observe")
UNTRUSTED = (Privilege.MEDIA, Privilege.TOOL)


class _AnyFile:
    """Reads every file as the same visible words."""

    async def read(self, _data: bytes, _name: str | None = None) -> Reading:
        return Reading("text", f"A page. Please {WORD}. The end.")


def _examine(request: Request, policy: GuardPolicy = ENFORCE) -> Examined:
    examiner = Examiner(keyword_guard(), cast(Documents, _AnyFile()), SECRET)
    return asyncio.run(examiner.examine(request, policy, "tenant"))


@st.composite
def poisoned(draw: st.DrawFn) -> Request:
    """A request in some of whose texts the word stands, whoever wrote them; a tool's name is no text."""
    request = draw(requests)
    pieces = label(request)
    texts = {
        i: f"{piece.text} Please {WORD}. {piece.text}"
        for i, piece in enumerate(pieces)
        if piece.path[-1] in ("content", "text", "data", "system") and draw(st.booleans())
    }
    changed, _ = retext(request, pieces, texts)
    return parse_request(changed.format, changed.to_bytes())


@settings(max_examples=pick(40, 200))
@given(poisoned())
def test_nothing_that_was_found_is_sent_and_the_trusted_texts_stay(request: Request) -> None:
    examined = _examine(request)
    assert examined.request.edits == {}
    before, after = label(request), label(examined.request)
    for i in choose_pieces(after):
        assert WORD not in after[i].text
    spoken = [piece.text for piece in before if piece.privilege not in UNTRUSTED and piece.kind == "words"]
    kept = [piece.text for piece in after if piece.privilege not in UNTRUSTED and piece.kind == "words"]
    for text in spoken:
        assert any(text in other for other in kept)  # the explanation may stand beside it


@settings(max_examples=pick(30, 200))
@given(poisoned())
def test_observing_leaves_every_request_as_it_is(request: Request) -> None:
    examined = _examine(request, OBSERVE)
    assert examined.request is request
    assert examined.marks == ()


@settings(max_examples=pick(40, 200))
@given(poisoned())
def test_what_passes_unlabelled_has_nothing_to_label(request: Request) -> None:
    if is_plain(request, ENFORCE):
        assert all(piece.privilege not in UNTRUSTED for piece in label(request, ("*",)))


@settings(max_examples=pick(30, 200))
@given(poisoned())
def test_the_same_request_is_examined_alike(request: Request) -> None:
    first, second = _examine(request), _examine(request)
    assert first.request.body == second.request.body
    assert msgspec.json.encode(first.verdict) == msgspec.json.encode(second.verdict)
