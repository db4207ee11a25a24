"""Values that cross from the sandbox: plain ones come back as they were, whatever else equals nothing."""

import collections
import enum
import json
import math
import zlib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.evals.code.values import Foreign, dump, load

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.fractions()
    | st.decimals(allow_nan=False)
)
KEYS = SCALARS | st.tuples(SCALARS, SCALARS) | st.frozensets(SCALARS, max_size=2)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
    ),
    max_leaves=8,
)


def types_of(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value), [types_of(one) for one in value]
    if isinstance(value, dict):
        return dict, [types_of(one) for one in value.values()]
    return type(value)


@given(VALUES)
def test_plain_values_come_back_as_they_were(value: Any):
    line = dump(value)
    assert "\n" not in line
    back = load(line)
    assert back == value
    assert types_of(back) == types_of(value)


def test_long_values_are_packed():
    value = [str(number) for number in range(100_000)]
    assert len(dump(value)) < len(json.dumps(value)) / 2
    assert load(dump(value)) == value
    assert load(dump(10**10_000)) == 10**10_000


def test_what_unpacks_to_more_than_is_allowed_is_refused(monkeypatch: pytest.MonkeyPatch):
    line = dump("x" * 10_000)
    assert load(line) == "x" * 10_000
    monkeypatch.setattr("fen.evals.code.values._MOST", 9_999)
    with pytest.raises(ValueError, match="expected a whole one"):
        load(line)


def test_numbers_that_json_lacks_come_back():
    infinite, nothing = load(dump([math.inf, math.nan]))
    assert infinite == math.inf
    assert math.isnan(nothing)


class Yes:
    """Equal to everything, if one lets it."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


class YesNumber(int):
    """A number that claims to equal every other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class YesList(list[int]):
    """A list that shows other items when it is asked nicely."""

    def __iter__(self) -> Any:
        return iter([4, 5, 6])


class Colour(enum.IntEnum):
    """A number with a name."""

    RED = 1


@pytest.mark.parametrize(
    "value", [Yes(), object(), print, iter([1]), range(3), map(str, [1]), (x for x in [1])]
)
def test_what_is_no_plain_value_equals_nothing(value: Any):
    back = load(dump(value))
    assert isinstance(back, Foreign)
    assert back != value
    assert back not in ([1], 1, "1", None)
    assert type(value).__name__ in repr(back)


def test_a_value_of_a_derived_type_becomes_what_it_is_derived_from():
    back = load(dump([YesNumber(3), YesList([1, 2]), Colour.RED, collections.Counter("aab")]))
    assert back == [3, [1, 2], 1, {"a": 2, "b": 1}]
    assert [type(one) for one in back] == [int, list, int, dict]
    assert load(dump({"a": 1}.keys())) == {"a"}
    assert load(dump([Fraction(1, 2), Decimal("0.5")])) == [0.5, 0.5]


@pytest.mark.parametrize("line", ["", "{", '{"unknown": 1}', '{"tuple": [1], "list": []}', "z!!", "zeJw="])
def test_what_is_no_value_is_refused(line: str):
    with pytest.raises((ValueError, zlib.error)):
        load(line)
