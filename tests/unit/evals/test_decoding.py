"""Decoding in words."""

from typing import Any

import pytest

from fen.evals.decoding import describe_decoding
from fen.evals.sample import Sample


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ([], "the model's own"),
        ([{}], "the model's own"),
        ([{"temperature": 0, "max_tokens": 512}] * 2, "temperature 0, max_tokens 512"),
        ([{"max_tokens": 256}, {"max_tokens": 16384}], "max_tokens 256 to 16,384"),
        ([{"temperature": 0}, {}], "temperature 0 (some)"),
        ([{"stop": ["\n", "Q:"]}], 'stop ["\\n","Q:"]'),
        ([{"stop": ["a"]}, {"stop": ["b"]}], "stop varies"),
        ([{"tools": [], "temperature": 0.7}], "temperature 0.7"),
    ],
)
def test_decoding_says_what_samples_ask(asked: list[dict[str, Any]], told: str) -> None:
    samples = [Sample(id=f"{number}", messages=(), params=params) for number, params in enumerate(asked)]
    assert describe_decoding(samples) == told
