"""Whatever a file of votes holds, it is read, or refused in words; what is written is read again."""

import contextlib
import io
import json
import math
import tempfile
from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fen.arena.ballots import OUTCOMES
from fen.arena.files import FileVote, read_votes, write_votes
from fen.arena.rate import Wanted, rate_votes
from fen.wire.errors import InvalidRequest
from tests.sizes import pick

pa: Any = import_module("pyarrow")
pq: Any = import_module("pyarrow.parquet")
EXAMPLES = pick(80, 1_000)

names = st.sampled_from("abcde") | st.text(max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner))
members = st.sampled_from(
    ("left", "right", "outcome", "voter", "category", "time", "left_cost", "propensity", "length")
)
votes = st.fixed_dictionaries(
    {"left": names, "right": names, "outcome": st.sampled_from(OUTCOMES)},
    optional={"voter": names, "length": st.floats(-1, 1), "time": st.floats(0, 2e9), "category": names},
)
spoilt = st.builds(
    lambda vote, other: vote | other, votes, st.dictionaries(members | names, values, max_size=2)
)
published = st.fixed_dictionaries(
    {"model_a": names, "model_b": names, "winner": st.sampled_from(("model_a", "model_b", "tie (bothbad)"))},
    optional=dict.fromkeys(
        ("judge", "language", "turn", "anony", "tstamp", "conversation_a", "conv_metadata"), values
    ),
)
rows = st.lists(votes | spoilt | published, max_size=12)


def survive(source: bytes) -> None:
    """Read, and rate what was read; anything but a refusal fails the test."""
    for looks in (False, True):
        with contextlib.suppress(InvalidRequest):
            table = read_votes(source, looks=looks)
            rate_votes(table)
            rate_votes(table, Wanted(style=True))


@settings(max_examples=EXAMPLES)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(source: bytes) -> None:
    survive(source)


@settings(max_examples=EXAMPLES)
@given(rows)
def test_any_lines_are_read_or_refused(found: list[dict[str, Any]]) -> None:
    survive("\n".join(json.dumps(row) for row in found).encode("utf-8", "surrogatepass"))
    survive(json.dumps(found).encode("utf-8", "surrogatepass"))


@settings(max_examples=EXAMPLES)
@given(st.lists(votes, min_size=1, max_size=20), st.data())
def test_one_changed_byte_is_read_or_refused(found: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = bytearray("\n".join(json.dumps(row) for row in found).encode())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    survive(bytes(whole))


columns = st.lists(scalars, min_size=4, max_size=4) | st.lists(values, min_size=4, max_size=4)


@settings(max_examples=EXAMPLES)
@given(st.dictionaries(members | st.sampled_from(("model_a", "model_b", "winner", "anony", "turn")), columns))
def test_any_table_is_read_or_refused(found: dict[str, list[Any]]) -> None:
    usual = {"left": list("aabb"), "right": list("bcac"), "outcome": list(OUTCOMES)}
    buffer = io.BytesIO()
    with contextlib.suppress(pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError):
        pq.write_table(pa.table(usual | found), buffer)
        survive(buffer.getvalue())


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_table_with_one_changed_byte_is_read_or_refused(at: int, value: int) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"left": list("aabb"), "right": list("bcac"), "outcome": list(OUTCOMES)}), buffer)
    whole = bytearray(buffer.getvalue())
    whole[4 + at % (len(whole) - 4)] = value
    survive(bytes(whole))


kept = st.builds(
    FileVote,
    left=st.sampled_from("ab"),
    right=st.sampled_from("cd"),
    outcome=st.sampled_from(OUTCOMES),
    voter=st.none() | st.text("xyz", min_size=1, max_size=3),
    category=st.none() | st.sampled_from(("zh", "zh,coding", "en")),
    time=st.none() | st.datetimes(timezones=st.just(UTC)),
    left_cost=st.none() | st.floats(0, 1e6),
    propensity=st.none() | st.floats(1e-6, 1),
    style=st.dictionaries(st.sampled_from(("length", "bold", "a b")), st.floats(-1, 1)),
)


@settings(max_examples=pick(60, 2_000))
@given(st.lists(kept, min_size=1, max_size=20), st.sampled_from(("jsonl", "parquet")))
def test_what_is_written_is_read_again(found: list[FileVote], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"v.{suffix}"
        write_votes(path, found)
        table = read_votes(path)
        back = Path(folder) / f"w.{suffix}"
        write_votes(back, found)
        assert path.read_bytes() == back.read_bytes()
    assert len(table) == len(found)
    ballots = table.ballots
    assert [ballots.models[one] for one in ballots.left] == [vote.left for vote in found]
    assert [OUTCOMES[one] for one in ballots.outcome] == [vote.outcome for vote in found]
    for name in {name for vote in found for name in vote.style}:
        shown = [None if math.isnan(value) else value for value in ballots.style[name].tolist()]
        assert shown == [vote.style.get(name) for vote in found]
