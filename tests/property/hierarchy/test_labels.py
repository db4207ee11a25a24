"""Laws of labels: every text has one, only a delegation raises authority, up to its giver's."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fen.gateway.translation import request_to_anthropic, request_to_openai
from fen.hierarchy.delegation import Delegation, delegate
from fen.hierarchy.labelling.leaves import walk_texts
from fen.hierarchy.labels import label
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.rewriting import cut, read_tree, retext, rewrite
from fen.wire.errors import InvalidRequest
from fen.wire.request import Request, parse_request
from tests.property.hierarchy.requests import chats, conversations, encode, requests
from tests.sizes import pick

STRUCTURE = {"role", "type", "id", "tool_call_id", "tool_use_id", "media_type"}
PARTS = ["tool:get_weather", "tool:read_page", "file", "system", "user", "assistant", "untrusted"]

delegations = st.builds(
    Delegation,
    st.lists(st.sampled_from([*PARTS, "messages[0]", "messages[1]", "messages[2]"]), max_size=3).map(tuple),
    st.sampled_from(Privilege),
    st.sampled_from(Privilege),
)


def with_fen(request: Request, fen: dict[str, Any]) -> Request:
    return parse_request(request.format, encode(json.loads(request.body) | {"fen": fen}))


@settings(max_examples=pick(60, 2000))
@given(requests)
def test_every_text_has_exactly_one_label(request: Request) -> None:
    tree = read_tree(request)
    expected = {}
    for member in ("system", "messages"):
        expected |= dict(walk_texts(tree.get(member), (member,), STRUCTURE))
    assert {piece.path: piece.text for piece in label(request)} == expected


@settings(max_examples=pick(60, 2000))
@given(requests, st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(1, 30)), max_size=4))
def test_untrusted_spans_take_authority_and_give_none(
    request: Request, spans: list[tuple[int, int, int]]
) -> None:
    plain = label(request)
    fen = {"untrusted": [{"message": i, "start": start, "end": start + size} for i, start, size in spans]}
    try:
        split = label(with_fen(request, fen))
    except InvalidRequest:
        return  # the span missed
    whole = {piece.path: piece for piece in plain}
    rebuilt: dict[tuple[str | int, ...], str] = {}
    for piece in split:
        assert piece.privilege >= whole[piece.path].privilege
        assert piece.start == len(rebuilt.get(piece.path, ""))
        rebuilt[piece.path] = rebuilt.get(piece.path, "") + piece.text
    assert rebuilt == {piece.path: piece.text for piece in plain}
    for i, start, size in spans:
        covered = sum(
            len(piece.text)
            for piece in split
            if piece.path == ("messages", i, "content")
            and piece.privilege >= Privilege.TOOL
            and piece.start < start + size
            and piece.start + len(piece.text) > start
        )
        assert covered >= size


def names(part: str, piece: Piece) -> bool:
    return part == piece.origin or re.match(rf"{re.escape(part)}($|[.\[])", piece.where) is not None


@settings(max_examples=pick(60, 2000))
@given(requests, st.lists(delegations, max_size=4))
def test_nobody_gains_more_than_a_giver_has(request: Request, given_away: list[Delegation]) -> None:
    plain = label(request)
    lifted = delegate(request, plain, given_away)
    for before, after in zip(plain, lifted, strict=True):
        givers = [d.giver for d in given_away if any(names(part, before) for part in d.parts)]
        assert after.privilege <= before.privilege
        if after.privilege != before.privilege:
            assert before.privilege in (Privilege.MEDIA, Privilege.TOOL)
            assert after.privilege >= max(min(givers), Privilege.USER)
    assert delegate(request, lifted, given_away) == lifted  # what was lent is not lent on


@settings(max_examples=pick(60, 2000))
@given(requests, st.lists(delegations, max_size=3), delegations)
def test_one_more_delegation_lowers_nobody(
    request: Request, given_away: list[Delegation], more: Delegation
) -> None:
    fewer = delegate(request, label(request), given_away)
    pairs = zip(fewer, delegate(request, label(request), [*given_away, more]), strict=True)
    assert all(after.privilege <= before.privilege for before, after in pairs)


@settings(max_examples=pick(60, 2000))
@given(requests, st.data())
def test_what_is_cut_from_pieces_is_gone_and_the_rest_stays(request: Request, data: st.DataObject) -> None:
    pieces = label(request)
    span = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda ends: (min(ends), max(ends)))
    changes: dict[int, str] = {}
    for i, piece in enumerate(pieces):
        start, end = data.draw(span)
        if end <= len(piece.text):
            changes[i] = cut(piece.text, [(start, end)], "_")
    changed, renewed = retext(request, pieces, changes)
    expected = [changes.get(i, piece.text) for i, piece in enumerate(pieces)]
    assert [piece.text for piece in renewed] == expected
    seen = [(p.path, p.start, p.text, p.privilege) for p in label(changed)]
    assert seen == [(p.path, p.start, p.text, p.privilege) for p in renewed if p.text]


@settings(max_examples=pick(60, 2000))
@given(chats())
def test_labels_survive_translation_to_turns(request: Request) -> None:
    request = number(request)
    assert_same(request, parse_request("anthropic.messages", request_to_anthropic(request.body, 9)))


@settings(max_examples=pick(60, 2000))
@given(conversations(documents=False))
def test_labels_survive_translation_to_messages(request: Request) -> None:
    request = number(request)
    assert_same(request, parse_request("openai.chat", request_to_openai(request.body)))


def number(request: Request) -> Request:
    """The request with a number in each text, by which it is known wherever it goes."""
    spoken = [piece.path for piece in label(request) if piece.path[-1] in ("content", "text", "system")]
    numbered = rewrite(request, {path: f"[{i}]" for i, path in enumerate(spoken)})
    return parse_request(request.format, numbered.to_bytes())


def assert_same(request: Request, translated: Request) -> None:
    before = {piece.text: piece.privilege for piece in label(request)}
    after: dict[str, set[Privilege]] = {}
    for piece in label(translated):
        for text in re.findall(r"\[\d+\]", piece.text):
            after.setdefault(text, set()).add(piece.privilege)
    assert after == {text: {level} for text, level in before.items() if text.startswith("[")}
