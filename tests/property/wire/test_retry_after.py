"""A server may send anything as `retry-after`."""

from hypothesis import given
from hypothesis import strategies as st

from fen.wire.retry_after import read_retry_after

NOON = 784_111_777.0


@given(
    st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d{1,4} (Jan|Nov) \d{1,6} \d\d:\d\d:\d\d( \S+)?")
)
def test_nothing_that_a_server_sends_breaks_it(value: str) -> None:
    seconds = read_retry_after(value, NOON)
    assert seconds is None or 0 <= seconds < float("inf")
