import pytest

from fen.accounts.headers import format_duration, rate_headers, refuse_rate
from fen.accounts.rate import Charge, Decision, Rate, Verdict
from fen.wire.errors import ContextLengthExceeded, RateLimited

REQUESTS = Charge("k:requests", "requests", 1, Rate(60))
TOKENS = Charge("k:tokens", "tokens", 500, Rate(10_000))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (1e-9, "1ms"),
        (0.0171, "18ms"),
        (0.07, "70ms"),
        (1.0, "1s"),
        (8.64, "8.64s"),
        (59.9999, "1m0s"),
        (90.951, "1m30.951s"),
        (360.0, "6m0s"),
        (3603.0, "1h0m3s"),
        (90_000.5, "25h0m0.5s"),
    ],
)
def test_duration_is_written_as_openai_does(seconds: float, text: str) -> None:
    assert format_duration(round(seconds * 1e9)) == text


def verdict_of(*pairs: tuple[Charge, Decision]) -> Verdict:
    charges, decisions = zip(*pairs, strict=True)
    return Verdict(charges, decisions, all(decision.allowed for decision in decisions))


def decide(charge: Charge, left: int, seconds: float, allowed: bool = True, retry_after: float | None = 0.0):
    """A decision with so much left; its backlog is what makes that so, or the given seconds."""
    decision = Decision(allowed, 0, round(seconds * 1e9), charge.rate, retry_after)
    assert decision.remaining == left
    return charge, decision


def test_headers_are_those_of_openai() -> None:
    verdict = verdict_of(decide(REQUESTS, 59, 1.0), decide(TOKENS, 9500, 3.0))
    assert dict(rate_headers(verdict)) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-tokens": "10000",
        "x-ratelimit-remaining-tokens": "9500",
        "x-ratelimit-reset-tokens": "3s",
    }


def test_unit_without_a_rate_has_no_headers() -> None:
    assert rate_headers(Verdict((), (), True)) == ()
    names = [name for name, _ in rate_headers(verdict_of(decide(TOKENS, 0, 60.0)))]
    assert names == ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"]


def test_headers_tell_of_the_rate_with_the_least_left() -> None:
    team = Charge("team:requests", "requests", 1, Rate(600))
    verdict = verdict_of(decide(REQUESTS, 59, 1.0), decide(team, 30, 57.0))
    assert dict(rate_headers(verdict))["x-ratelimit-limit-requests"] == "600"


def test_refusal_says_when_to_come_again() -> None:
    verdict = verdict_of(
        decide(REQUESTS, 0, 60.0, allowed=False, retry_after=1.2),
        decide(TOKENS, 100, 59.4, allowed=False, retry_after=2.4),
    )
    error = refuse_rate(verdict)
    assert isinstance(error, RateLimited)
    assert error.message == (
        "found 500 tokens more with 100 left, expected at most 10000 tokens a minute: try again in 2.4s"
    )
    assert error.headers == (("retry-after", "3"),)


def test_call_that_would_never_pass_is_not_told_to_come_again() -> None:
    huge = Charge("k:tokens", "tokens", 20_000, Rate(10_000))
    verdict = verdict_of(
        decide(REQUESTS, 59, 1.0), decide(huge, 10_000, 0.0, allowed=False, retry_after=None)
    )
    error = refuse_rate(verdict)
    assert isinstance(error, ContextLengthExceeded)
    assert error.code == "tier_limit"
    assert error.message == (
        "found a call of 20000 tokens, expected at most 10000 at once (10000 tokens a minute)"
    )
