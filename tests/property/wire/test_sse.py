"""Laws of the event decoder and of edited requests."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.wire.request import parse_request
from fen.wire.sse import EventDecoder, frame

payloads = st.lists(
    st.binary(min_size=1, max_size=40).map(lambda b: b.replace(b"\r", b"x").replace(b"\n", b"y")), max_size=8
)


def _decode(stream: bytes, cuts: list[int]) -> list[bytes]:
    decoder = EventDecoder()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    out: list[bytes] = []
    for start, end in pairwise(edges):
        out += decoder.feed(stream[start:end])
    return out + decoder.close()


@given(payloads, st.lists(st.integers(0, 400), max_size=12), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_a_stream_cut_at_any_byte_parses_to_the_same_payloads(
    data: list[bytes], cuts: list[int], newline: bytes
) -> None:
    stream = b": hello\n\n" + b"".join(b"event: x\n" * (i % 2) + frame(p) for i, p in enumerate(data))
    assert _decode(stream.replace(b"\n", newline), cuts) == data


@given(payloads.map(lambda data: data[:3]))
@settings(max_examples=20)
def test_every_single_cut(data: list[bytes]) -> None:
    stream = b"".join(b"data: " + p + b"\r\n\r\n" for p in data)
    for cut in range(len(stream) + 1):
        assert _decode(stream, [cut]) == data


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
unknown = st.dictionaries(st.text(max_size=8).map("x_".__add__), json_values, max_size=4)


@given(unknown, unknown, unknown, unknown)
def test_unknown_members_survive_at_every_depth(
    top: dict[str, object], message: dict[str, object], part: dict[str, object], tool: dict[str, object]
) -> None:
    tree = {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi", **part}], **message}],
        "tools": [{"type": "function", "function": {"name": "f", **tool}, **tool}],
        **top,
    }
    body = msgspec.json.encode(tree)
    sent = parse_request("openai.chat", body).edit({"model": "other", "stream": True}).to_bytes()
    assert msgspec.json.decode(sent) == {**tree, "model": "other", "stream": True}


@given(st.binary(max_size=200))
def test_an_unedited_request_is_the_same_bytes(noise: bytes) -> None:
    body = (
        b'{ "model":"m" ,"messages":[{"role":"user","content":' + msgspec.json.encode(noise.hex()) + b"}] }"
    )
    assert parse_request("openai.chat", body).to_bytes() == body


def test_numbers_keep_their_text() -> None:
    message = b'{"role":"user","content":"hi","w":1.10}'
    body = b'{"model":"m","messages":[' + message + b'],"x":1e3,"y":[12345678901234567890123]}'
    sent = parse_request("openai.chat", body).edit({"model": "n"}).to_bytes()
    assert b'"w":1.10' in sent
    assert b'"x":1e3' in sent
    assert b"12345678901234567890123" in sent
