"""What a router reads of a request: words in columns, statistics, odd texts."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fen.routing import Asked
from fen.routing.features import Rows, featurize
from fen.routing.statistics import STATISTICS
from fen.routing.words import HEAD, TAIL, clip


def read(text: str, **told: object) -> Rows:
    return featurize([Asked(text, **told)])  # pyright: ignore[reportArgumentType]


def find(text: str, name: str) -> float:
    return float(read(text).statistics[0, STATISTICS.index(name)])


def within(text: str) -> set[int]:
    """Columns of a text in the midst of others, beside what stands around it."""
    around = "a a a\n{}\nb b b"
    return set(read(around.format(text)).columns.tolist()) - set(read(around.format("")).columns.tolist())


def test_a_word_a_pair_and_a_symbol_have_columns():
    assert len(within("one two")) == 5  # one, two, one two; a one, two b
    assert len(within("one, two")) == 7  # and the comma stands between
    assert len(within("one one one")) == 4  # one, one one; a one, one b


def test_a_word_said_more_often_weighs_more_but_not_in_proportion():
    assert set(read("one").values.tolist()) == {1.0}
    found = sorted(read("one one one").values.tolist())
    assert found[-2:] == pytest.approx([1 + np.log(2), 1 + np.log(3)])


def test_capitals_and_wide_letters_read_as_small_ones():
    assert read("ＯＮＥ Two").columns.tolist() == read("one tWO").columns.tolist()


def test_chinese_is_read_by_one_two_and_three_characters():
    assert len(within("天地玄黄")) == 4 + 3 + 2 + 2  # and two pairs with what stands around
    assert len(within("天地玄黄") & within("玄黄")) == 4  # both characters, their pair, the last and b


def test_a_number_has_a_column_for_its_digits_too():
    first, second = within("123"), within("456")
    assert len(first) == len(second) == 4
    assert len(first & second) == 1


def test_a_tag_is_no_word():
    plain, tagged = read("one"), read("one", tag="one")
    assert len(tagged.columns) == len(plain.columns) + 1
    assert set(plain.columns.tolist()) < set(tagged.columns.tolist())


def test_statistics_tell_what_they_are_called():
    text = "Is 12 > 7?\nWHY? def f(): return $x$"
    assert find(text, "log_numbers") == pytest.approx(np.log1p(2))
    assert find(text, "log_questions") == pytest.approx(np.log1p(2))
    assert find(text, "log_newlines") == pytest.approx(np.log1p(1))
    assert find(text, "digits") == pytest.approx(3 / len(text))
    assert find(text, "upper") == pytest.approx(4 / len(text))
    assert find(text, "program") == 1.0
    assert find("\\frac{1}{2}", "latex") == 1.0
    assert find("天地 ab", "unspaced") == pytest.approx(2 / 5)
    assert find("one one one one", "distinct") < find("one two three four", "distinct")


def test_what_the_request_tells_beside_its_text_counts():
    plain = read("one").statistics
    told = read("one", before=9, turns=3, tools=2, schema=True, images=1).statistics
    changed = {name for name, a, b in zip(STATISTICS, plain[0], told[0], strict=True) if a != b}
    assert changed == {"log_before", "log_turns", "log_tools", "schema", "log_images"}


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "\ud800", "\udfff\ud800x", "\U0010ffff", "İ", "a" * 70_000, "\n" * 9, "👩‍👩‍👧 हिन्दी ไทย"],
)
def test_an_odd_text_is_a_row_like_others(text: str):
    rows = read(text)
    assert rows.starts.tolist() == [0, len(rows.columns)]
    assert np.isfinite(rows.values).all()
    assert np.isfinite(rows.statistics).all()


def test_both_ends_of_a_long_text_are_read():
    text = "a" * HEAD + "b" * 1_000_000 + "c" * TAIL
    assert clip(text) == "a" * HEAD + "\n" + "c" * TAIL
    assert find(text, "log_characters") == pytest.approx(np.log1p(len(text)))


def test_no_request_is_no_row():
    rows = featurize([])
    assert len(rows) == 0
    assert rows.statistics.shape == (0, len(STATISTICS))


def test_bits_have_bounds():
    with pytest.raises(ValueError, match="found 7 bits, expected 8 to 22"):
        featurize([Asked("one")], bits=7)


def test_rows_are_those_of_every_other_process():
    program = (
        "from fen.routing import Asked; from fen.routing.features import featurize;"
        "print(featurize([Asked('One 天地玄 12', tag='t')]).columns.tolist())"
    )
    places = {**os.environ, "PYTHONHASHSEED": "77"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=places, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(read("One 天地玄 12", tag="t").columns.tolist())
    assert PINNED in read("one").columns  # an artefact is read years later


PINNED = 2508519
