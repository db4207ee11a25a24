"""The table of what is tried again: every kind of failure, before and after content, here and elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from fen.gateway.retry import Policy, RetryDecision, Tried, decide
from fen.wire.errors import (
    BooksUnavailable,
    BudgetExceeded,
    ContextLengthExceeded,
    ErrorBody,
    FenError,
    Internal,
    NotFound,
    Overloaded,
    RateLimited,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamPaused,
    UpstreamRejected,
    UpstreamTimeout,
)

NOON = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110
POLICY = Policy(retries=2, attempts=6, base=1.0, cap=4.0, longest_wait=10.0)


def rejected(status: int, retry_after: str | None = None, code: str | None = None) -> UpstreamRejected:
    return UpstreamRejected(status, ErrorBody("refused", "some_error", code=code), retry_after)


def after(error: FenError, *, chance: float = 0.5, policy: Policy = POLICY, **tried: Any) -> RetryDecision:
    given = {"here": 1, "total": 1, "now": NOON} | tried
    return decide(error, Tried(**given), policy, lambda: chance)


UNREACHED = UpstreamFailed("no connection", reached=False)
BROKEN = UpstreamFailed("the stream ended before its answer did")
SLOW = UpstreamTimeout("no first byte")
SAFE = [UNREACHED, BROKEN, SLOW, *(rejected(status) for status in (408, 409, 429, 500, 502, 503, 504, 529))]
FOR_EVER = [rejected(status) for status in (400, 404, 405, 413, 415, 422)]
OWN = [
    BudgetExceeded("spent"),
    RateLimited("too much", retry_after=1),
    BooksUnavailable("away"),
    Overloaded("full"),
    Internal("a fault"),
    NotFound("no such model"),
    ContextLengthExceeded("too long"),
]


def name(error: FenError) -> str:
    return f"{type(error).__name__}-{error.status}"


@pytest.mark.parametrize("error", SAFE, ids=name)
def test_what_is_safe_is_tried_again_then_elsewhere_then_no_more(error: FenError) -> None:
    assert after(error) == RetryDecision.again(0.5)
    assert after(error, here=2, total=2) == RetryDecision.again(1.0)
    assert after(error, here=3, total=3) == RetryDecision.give_up()
    assert after(error, here=3, total=3, others=True) == RetryDecision.next_candidate()
    assert after(error, here=1, total=6, others=True) == RetryDecision.give_up()


@pytest.mark.parametrize("error", [*FOR_EVER, *OWN], ids=name)
@pytest.mark.parametrize("others", [False, True])
def test_a_refusal_of_the_request_itself_is_final(error: FenError, others: bool) -> None:
    assert after(error, others=others) == RetryDecision.give_up()


@pytest.mark.parametrize("error", SAFE, ids=name)
def test_shown_content_is_never_sent_twice_but_may_be_resumed(error: FenError) -> None:
    assert after(error, shown=True, others=True) == RetryDecision.give_up()
    assert after(error, shown=True, resumable=True) == RetryDecision.again(0.5)


@pytest.mark.parametrize("error", FOR_EVER, ids=name)
def test_what_can_be_resumed_is_still_not_when_the_request_is_at_fault(error: FenError) -> None:
    assert after(error, shown=True, resumable=True, others=True) == RetryDecision.give_up()


def test_a_deadline_that_passed_is_not_waited_for_twice_where_there_is_another_candidate() -> None:
    assert after(SLOW, others=True) == RetryDecision.next_candidate()
    assert after(SLOW, others=False) == RetryDecision.again(0.5)


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFailed("wrong key", code="upstream_refused_key"),
        rejected(429, "1", code="insufficient_quota"),
    ],
    ids=["key", "quota"],
)
def test_what_ails_the_account_is_not_cured_by_a_pause(error: FenError) -> None:
    assert after(error) == RetryDecision.give_up()
    assert after(error, others=True) == RetryDecision.next_candidate()


def test_a_pause_that_was_asked_for_is_kept_and_spread() -> None:
    assert after(rejected(429, "3"), chance=0.0) == RetryDecision.again(3.0)
    assert after(rejected(503, "3"), chance=0.5) == RetryDecision.again(3.5)
    assert after(rejected(429, "10")) == RetryDecision.again(10.5)


def test_a_pause_too_long_to_wait_for_leads_elsewhere() -> None:
    assert after(rejected(429, "10.1")) == RetryDecision.give_up()
    assert after(rejected(429, "3600"), others=True) == RetryDecision.next_candidate()
    assert after(rejected(429, "Sun, 06 Nov 1994 09:49:37 GMT"), others=True).kind == "next_candidate"


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.999])
def test_pauses_double_up_to_their_cap_and_are_drawn_from_nothing_on(chance: float) -> None:
    policy = Policy(retries=9, attempts=20, base=1.0, cap=4.0)
    pauses = [after(BROKEN, chance=chance, policy=policy, here=n, total=n).after_seconds for n in range(1, 6)]
    assert pauses == [chance * most for most in (1.0, 2.0, 4.0, 4.0, 4.0)]


def test_no_number_of_retries_overflows() -> None:
    policy = Policy(retries=10**6, attempts=10**6)
    assert after(BROKEN, policy=policy, here=5000, total=5000).after_seconds <= policy.cap


def test_a_busy_upstream_is_waited_for_and_a_failing_one_is_not() -> None:
    busy, failing = (kind("paused", retry_after=3.0) for kind in (UpstreamBusy, UpstreamPaused))
    assert after(busy, here=0) == RetryDecision.again(3.5)
    assert after(busy, here=0, others=True) == RetryDecision.next_candidate()
    assert after(busy, here=0, total=6) == RetryDecision.give_up()
    assert after(failing, here=0) == RetryDecision.give_up()
    assert after(failing, here=0, others=True) == RetryDecision.next_candidate()
    long = UpstreamBusy("paused", retry_after=10.1)
    assert after(long, here=0) == RetryDecision.give_up()
