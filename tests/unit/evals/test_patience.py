import pytest

from fen.evals.patience import BROKEN_TRIES, BUSY_TRIES, find_pause, is_busy, is_hopeless
from fen.wire.errors import (
    BooksUnavailable,
    ContextLengthExceeded,
    ErrorBody,
    FenError,
    InvalidRequest,
    NotFound,
    RateLimited,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamPaused,
    UpstreamRejected,
    UpstreamTimeout,
)


def reject(status: int, retry_after: str | None = None, code: str | None = None) -> UpstreamRejected:
    return UpstreamRejected(status, ErrorBody("no", "error", code=code), retry_after)


@pytest.mark.parametrize(
    ("error", "busy", "pauses"),
    [
        (reject(429), True, BUSY_TRIES - 1),
        (reject(503), True, BUSY_TRIES - 1),
        (UpstreamBusy("later", retry_after=2), True, BUSY_TRIES - 1),
        (RateLimited("later", retry_after=2), True, BUSY_TRIES - 1),
        (reject(500), False, BROKEN_TRIES - 1),
        (UpstreamTimeout("slow"), False, BROKEN_TRIES - 1),
        (UpstreamFailed("broke"), False, BROKEN_TRIES - 1),
        (UpstreamPaused("left alone", retry_after=1), False, BUSY_TRIES - 1),
        (reject(400), False, 0),
        (reject(404), False, 0),
        (ContextLengthExceeded("too long"), False, 0),
        (InvalidRequest("what?"), False, 0),
    ],
)
def test_who_is_asked_again(error: FenError, busy: bool, pauses: int) -> None:
    assert is_busy(error) is busy
    found = [find_pause(error, tried) is not None for tried in range(1, 12)]
    assert found == [tried <= pauses for tried in range(1, 12)]


def test_pauses_double_up_to_a_minute() -> None:
    pauses = [find_pause(reject(429), tried) for tried in range(1, BUSY_TRIES)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32]


def test_an_upstreams_own_wish_is_kept_to() -> None:
    assert find_pause(reject(429, "20"), 1) == 20
    assert find_pause(reject(500, "7"), 2) == 7
    assert find_pause(reject(429, "86400"), 1) == 600
    assert find_pause(UpstreamBusy("later", retry_after=9), 1) == 9


@pytest.mark.parametrize(
    ("error", "hopeless"),
    [
        (BooksUnavailable("away"), True),
        (NotFound("none", code="model_not_found"), True),
        (reject(401, code="upstream_refused_key"), True),
        (reject(429, code="insufficient_quota"), True),
        (reject(429), False),
        (UpstreamFailed("broke"), False),
    ],
)
def test_what_ends_the_run(error: FenError, hopeless: bool) -> None:
    assert is_hopeless(error) is hopeless
