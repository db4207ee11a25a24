"""Packed values: what is written is what is read, and a damaged file says so."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from fen.routing.packing import put_together, read_arrays, read_texts, take_apart, write_zip
from fen.wire.errors import InvalidRequest


class Inner(msgspec.Struct, frozen=True):
    weights: NDArray[np.float32]
    names: tuple[str, ...] = ()


class Plain(msgspec.Struct, frozen=True):
    tag: str | None
    n: int


class Outer(msgspec.Struct, frozen=True):
    inner: Inner
    other: Inner | None
    counts: NDArray[np.int64] | None = None
    plain: tuple[Plain, ...] = ()
    share: float = 0.5


VALUE = Outer(
    Inner(np.arange(3, dtype=np.float32), ("天", "b")),
    None,
    np.array([[1, 2]]),
    (Plain(None, 3), Plain("x", 4)),
    0.1,
)


def test_what_is_packed_is_read_back(tmp_path: Path):
    path = tmp_path / "value.zip"
    plain, arrays = take_apart(VALUE)
    write_zip(path, {"plain.json": msgspec.json.encode(plain)}, arrays)
    told, again = msgspec.json.decode(read_texts(path, "plain.json")[0]), read_arrays(path)
    found = put_together(Outer, told, again)
    assert found.inner.weights.dtype == np.float32
    assert found.inner.weights.tolist() == [0.0, 1.0, 2.0]
    assert found.inner.names == ("天", "b")
    assert found.other is None
    assert found.counts is not None
    assert found.counts.tolist() == [[1, 2]]
    assert (found.plain, found.share) == (VALUE.plain, VALUE.share)
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_value_is_the_same_file(tmp_path: Path):
    for name in ("a", "b"):
        write_zip(tmp_path / name, {"x": b"1"}, take_apart(VALUE)[1])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_lost_member_is_missed():
    plain, arrays = take_apart(VALUE)
    del arrays["inner.weights"]
    with pytest.raises(KeyError, match=r"inner\.weights"):
        put_together(Outer, plain, arrays)


def test_objects_are_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_zip(tmp_path / "x", {}, {"objects": np.array([{}])})
    assert not list(tmp_path.iterdir())


def read(path: Path) -> None:
    read_texts(path, "x")
    read_arrays(path)


@pytest.mark.parametrize("damage", [0, 100, -30, None])
def test_a_damaged_file_says_so(tmp_path: Path, damage: int | None):
    path = tmp_path / "value.zip"
    write_zip(path, {"x": b"1" * 99}, {"a": np.random.default_rng(0).random(999)})
    data = bytearray(path.read_bytes())
    if damage is None:
        data = data[: len(data) // 2]
    else:
        data[damage] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InvalidRequest, match="expected an artefact that `fen route fit` has written"):
        read(path)
