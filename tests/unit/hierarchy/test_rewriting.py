import json
from typing import Any

import pytest

from fen.hierarchy.labels import label
from fen.hierarchy.rewriting import cut, read_raw, read_tree, replace_part, retext, rewrite, strip
from fen.wire.request import Request, parse_request

BODY = (
    b'{"model":"m", "odd": 1.50, "messages":[ {"role":"user","content":"one two three","x": 1e2},'
    b'{"role":"user","content":[{"type":"text","text":"four", "cache_control": {"ttl" : 1.0}}]} ]}'
)


def chat(**fen: Any) -> Request:
    body = BODY[:-1] + b', "fen":' + json.dumps(fen).encode() + b"}" if fen else BODY
    return parse_request("openai.chat", body)


def test_only_what_the_path_names_changes() -> None:
    request = rewrite(chat(), {("messages", 0, "content"): "new"})
    assert request.to_bytes() == (
        b'{"model":"m","odd":1.50,"messages":[{"role":"user","content":"new","x":1e2},'
        b'{"role":"user","content":[{"type":"text","text":"four", "cache_control": {"ttl" : 1.0}}]}]}'
    )
    assert request.body == BODY


def test_several_values_of_any_kind_are_put_at_once() -> None:
    part = {"type": "text", "text": "for a file"}
    request = rewrite(
        chat(), {("messages", 1, "content", 0): part, ("messages", 0, "content"): "a", ("model",): "n"}
    )
    tree = read_tree(request)
    assert tree["messages"][1]["content"] == [part]
    assert (tree["messages"][0]["content"], tree["model"]) == ("a", "n")


def test_nothing_to_change_leaves_the_bytes() -> None:
    assert rewrite(chat(), {}).to_bytes() is BODY


@pytest.mark.parametrize(
    "path", [("tools", 0), ("messages", 5, "content"), ("messages", 0, "name", "x"), ("messages", "x", "y")]
)
def test_a_path_that_leads_nowhere_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(ValueError, match="found n"):
        rewrite(chat(), {path: "new"})


def test_stripping_takes_spans_of_the_piece() -> None:
    request = chat(untrusted=[{"message": 0, "start": 4, "end": 13}])
    pieces = label(request)
    assert pieces[1].text == "two three"
    stripped = strip(request, pieces[1], [(0, 3)], "[removed]")
    assert read_tree(stripped)["messages"][0]["content"] == "one [removed] three"


def test_stripping_turns_works_too() -> None:
    body = {
        "model": "m",
        "max_tokens": 1,
        "system": "be good",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "ab"}]}
                ],
            }
        ],
    }
    request = parse_request("anthropic.messages", json.dumps(body).encode())
    pieces = label(request)
    for piece in pieces:
        request = strip(request, piece, [(1, 2)])
    assert [piece.text for piece in label(request)] == ["b good", "a"]


def test_pieces_keep_their_places_when_their_neighbours_change() -> None:
    request = chat(untrusted=[{"text": "one"}, {"text": "three"}])
    pieces = label(request)
    changed, renewed = retext(request, pieces, {0: "1", 2: "3!"})
    content = read_tree(changed)["messages"][0]["content"]
    assert content == "1 two 3!"
    assert [content[p.start : p.start + len(p.text)] for p in renewed[:3]] == [p.text for p in renewed[:3]]
    assert [p.text for p in renewed] == ["1", " two ", "3!", "four"]
    again, _ = retext(changed, renewed, {1: "-"})
    assert read_tree(again)["messages"][0]["content"] == "1-3!"


def test_what_is_no_words_is_not_changed() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:x"}}
    body = {"model": "m", "messages": [{"role": "user", "content": [image]}]}
    request = parse_request("openai.chat", json.dumps(body).encode())
    with pytest.raises(ValueError, match="found a data"):
        strip(request, label(request)[0], [(0, 1)])


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "abcdef"),
        ([(0, 2)], "*cdef"),
        ([(4, 6), (0, 1)], "*bcd*"),
        ([(1, 3), (2, 4), (4, 5)], "a*f"),
        ([(0, 6)], "*"),
        ([(3, 3)], "abcdef"),
    ],
)
def test_spans_that_touch_are_cut_as_one(spans: list[tuple[int, int]], expected: str) -> None:
    assert cut("abcdef", spans, "*") == expected


def test_spans_outside_the_text_are_refused() -> None:
    with pytest.raises(ValueError, match="within 2 characters"):
        cut("ab", [(1, 3)])


def test_a_file_gives_way_to_its_text() -> None:
    file = {"type": "file", "file": {"filename": "cv.pdf", "file_data": "JVBE"}}
    body = {"model": "m", "messages": [{"role": "user", "content": [file, {"type": "text", "text": "q"}]}]}
    request = parse_request("openai.chat", json.dumps(body).encode())
    pieces = label(request)
    replaced, renewed = replace_part(request, pieces, 1, "I cook")
    assert read_tree(replaced)["messages"][0]["content"][0] == {"type": "text", "text": "I cook"}
    assert [(p.where, p.text, p.origin, int(p.privilege), p.kind) for p in renewed] == [
        ("messages[0].content[0].text", "I cook", "file:cv.pdf", 20, "words"),
        ("messages[0].content[1].text", "q", "user", 10, "words"),
    ]
    changed, _ = retext(replaced, renewed, {0: "I bake"})
    assert read_tree(changed)["messages"][0]["content"][0]["text"] == "I bake"


def test_a_document_that_a_tool_returns_gives_way_too_and_keeps_its_place_in_the_cache() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}
    document = {"type": "document", "source": source, "cache_control": {"type": "ephemeral"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [document]}
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": [result]}]}
    request = parse_request("anthropic.messages", json.dumps(body).encode())
    replaced, renewed = replace_part(request, label(request), 0, "I cook")
    part = read_tree(replaced)["messages"][0]["content"][0]["content"][0]
    assert part == {"type": "text", "text": "I cook", "cache_control": {"type": "ephemeral"}}
    assert (renewed[0].privilege, renewed[0].origin) == (30, "file")


def test_text_that_is_no_part_gives_way_to_none() -> None:
    request = chat()
    with pytest.raises(ValueError, match="found no part"):
        replace_part(request, label(request), 0, "x")


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        (("odd",), b" 1.50"),
        (("messages", 0, "x"), b" 1e2"),
        (("messages", 7, "x"), None),
        (("messages", "x"), None),
        (("odd", 0), None),
        (("none", "at", 0, "all"), None),
    ],
)
def test_the_json_text_at_a_path_is_the_clients_own(path: tuple[str | int, ...], raw: bytes | None) -> None:
    found = read_raw(chat(), path)
    assert (None if found is None else bytes(found).strip()) == (None if raw is None else raw.strip())
