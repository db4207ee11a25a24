from __future__ import annotations

import pytest

from fen.wire.retry_after import read_retry_after

NOON = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("2", 2.0),
        ("0.25", 0.25),
        ("-3", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Sun, 06 Nov 1994 08:49:40 GMT", 3.0),
        ("Sun, 06 Nov 1994 08:49:40 -0000", 3.0),
        ("Sunday, 06-Nov-94 08:49:41 GMT", 4.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("Sun, 99 Nov 1994 08:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value, NOON) == seconds
