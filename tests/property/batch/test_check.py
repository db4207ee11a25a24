"""An input file is the same file however its pieces are cut."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fen.batch.check import Checker

ENDPOINT = "/v1/embeddings"
good = st.builds(
    lambda name, text: json.dumps(
        {"custom_id": name, "method": "POST", "url": ENDPOINT, "body": {"model": "m", "input": text}},
        ensure_ascii=False,
    ).encode(),
    st.text(max_size=3),
    st.text(max_size=20),
)
lines = st.lists(good | st.binary(max_size=6) | st.just(b""), max_size=8)


def check(pieces: list[bytes]) -> tuple[object, ...]:
    checker = Checker(ENDPOINT, max_lines=5, max_line_bytes=130)
    found = [pair for piece in pieces for pair in checker.feed(piece)]
    found += checker.finish()
    return found, checker.faults, checker.total, checker.size


@given(lines, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.lists(st.integers(0, 400), max_size=6))
def test_cuts_change_nothing(found: list[bytes], end: bytes, closed: bool, cuts: list[int]) -> None:
    text = end.join(found) + (end if closed else b"")
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    assert b"".join(pieces) == text
    assert check(pieces) == check([text])


@given(lines)
def test_every_line_that_counts_is_good_or_told(found: list[bytes]) -> None:
    checked = check([b"\n".join(found)])
    passed, faults, total, _ = checked
    assert isinstance(passed, list)
    assert isinstance(faults, list)
    assert isinstance(total, int)
    told = [fault.line for fault in faults if fault.line is not None]
    assert len(set(told)) == len(told)
    assert not set(told) & {number for number, _ in passed}
    assert len(passed) + len(told) == total
    assert total or [fault.code for fault in faults] == ["empty_file"]
