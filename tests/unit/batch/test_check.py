"""What is wrong with an input file is told by line, and nothing of it runs."""

import json
from typing import Any

import pytest

from fen.batch.check import MOST_FAULTS, Checker
from fen.batch.job import Fault

CHAT = "/v1/chat/completions"
GOOD = {"custom_id": "a", "method": "POST", "url": CHAT, "body": {"model": "m"}}


def check(*lines: bytes | dict[str, Any], most: int = 100) -> tuple[list[tuple[int, bytes]], list[Fault]]:
    checker = Checker(CHAT, most, max_line_bytes=2000)
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return [*checker.feed(b"\n".join(texts)), *checker.finish()], checker.faults


def test_good_lines_keep_their_numbers_and_empty_ones_are_passed_over() -> None:
    lines, faults = check(GOOD, b"", b"  ", GOOD | {"custom_id": "b"}, b"")
    assert [number for number, _ in lines] == [1, 4]
    assert json.loads(lines[1][1])["custom_id"] == "b"
    assert faults == []


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"{", "invalid_json_line", "expected a JSON object"),
        (b"\xff", "invalid_json_line", "expected a JSON object"),
        (b"[1]", "invalid_line", "expected custom_id, method, url and body"),
        ({"custom_id": "a"}, "invalid_line", "missing required field `method`"),
        (GOOD | {"custom_id": 7}, "invalid_line", "Expected `str`, got `int`"),
        (GOOD | {"custom_id": ""}, "invalid_custom_id", "found 0 characters, expected 1 to 512"),
        (GOOD | {"custom_id": "x" * 513}, "invalid_custom_id", "found 513 characters"),
        (GOOD | {"method": "GET"}, "invalid_method", "found 'GET', expected POST"),
        (GOOD | {"url": "/v1/embeddings"}, "invalid_url", f"found '/v1/embeddings', expected {CHAT}"),
        (GOOD | {"body": [1]}, "invalid_body", "found no object"),
        (GOOD | {"body": {"x": "y" * 2000}}, "line_too_long", "expected at most 2000"),
    ],
)
def test_a_bad_line_is_told(line: bytes | dict[str, Any], code: str, words: str) -> None:
    lines, [fault] = check(GOOD | {"custom_id": "first"}, line)
    assert len(lines) == 1
    assert (fault.code, fault.line) == (code, 2)
    assert words in fault.message


def test_an_id_stands_once() -> None:
    _, [fault] = check(GOOD, GOOD)
    assert (fault.code, fault.line, fault.param) == ("duplicate_custom_id", 2, "custom_id")


def test_a_file_without_lines_is_told() -> None:
    for empty in ((), (b"", b" \r")):
        lines, [fault] = check(*empty)
        assert (lines, fault.code, fault.line) == ([], "empty_file", None)


def test_too_many_lines_are_told_and_not_read() -> None:
    many = [GOOD | {"custom_id": str(number)} for number in range(5)]
    assert check(*many, most=5)[1] == []
    lines, [fault] = check(*many, b"{", most=4)
    assert (len(lines), fault.code, fault.line) == (4, "too_many_lines", 5)


def test_who_has_many_faults_is_told_the_first_ones() -> None:
    checker = Checker(CHAT, 1000, 1000)
    assert list(checker.feed(b"{\n" * 500)) == []
    assert checker.is_hopeless
    assert len(checker.faults) == MOST_FAULTS
