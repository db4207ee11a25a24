"""Whether a failed attempt is tried again, where, and after how long.

Safe is what can have cost the client nothing: the upstream was not reached, refused for a while (408, 409,
429, 5xx), or broke before its first content. An attempt whose content was shown is tried again only where
the answer can be resumed. A refusal of the client's own request is never tried again: it would be refused
again, and paid for again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from fen.wire.errors import (
    UNTRANSLATABLE,
    FenError,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamPaused,
    UpstreamRejected,
    UpstreamTimeout,
)
from fen.wire.retry_after import read_retry_after

_FOR_A_WHILE = frozenset({408, 409, 429})

# Codes and types of what no pause of seconds ends: Fen's key is refused, or the account behind it, or the
# answer has no counterpart in the client's format, and the vendor bills each.
_LASTING = frozenset({"upstream_refused_key", "insufficient_quota", UNTRANSLATABLE})


class RetryDecision(msgspec.Struct, frozen=True):
    """What follows a failed attempt; made by `again`, `next_candidate` or `give_up`."""

    kind: Literal["again", "next_candidate", "give_up"]
    after_seconds: float = 0.0

    @classmethod
    def again(cls, after_seconds: float) -> RetryDecision:
        """Try the same candidate again after a pause."""
        return cls("again", after_seconds)

    @classmethod
    def next_candidate(cls) -> RetryDecision:
        """Try the next candidate at once."""
        return cls("next_candidate")

    @classmethod
    def give_up(cls) -> RetryDecision:
        """Tell the client the error."""
        return cls("give_up")


class Policy(msgspec.Struct, frozen=True):
    """How hard to try.

    retries: further attempts of one candidate. attempts: of the whole call, over all candidates.
    base, cap: seconds of the pauses: before retry n, chance picks one of 0 to min(cap, base x 2^(n-1)).
    longest_wait: seconds; an upstream that wants a longer pause is left for the next candidate.
    """

    retries: int = 2
    attempts: int = 6
    base: float = 0.25
    cap: float = 4.0
    longest_wait: float = 10.0


class Tried(msgspec.Struct, frozen=True):
    """What has been tried when an attempt fails.

    here: attempts of this candidate, the failed one among them; what was not sent (UpstreamPaused) counts for
    nothing here. total: attempts of the whole call, those that were not sent too. others:
    there is another candidate. shown: the client has seen content. resumable: what it saw can be continued.
    now: Unix seconds, for a `retry-after` that is a date.
    """

    here: int
    total: int
    now: float
    others: bool = False
    shown: bool = False
    resumable: bool = False


def decide(error: FenError, tried: Tried, policy: Policy, random: Callable[[], float]) -> RetryDecision:
    """Decide what follows a failed attempt; `random` gives a number from 0 up to 1.

    `next_candidate` is only decided where there is one.
    """
    if not isinstance(error, UpstreamFailed) or not _is_safe(error, tried):
        return RetryDecision.give_up()
    if tried.total >= policy.attempts:
        return RetryDecision.give_up()
    if isinstance(error, UpstreamPaused):
        return _sit_out(error, tried, policy, random)
    if tried.here > policy.retries or _is_lasting(error, tried):
        return _move_on(tried)
    doubled = policy.base * 2.0 ** min(tried.here - 1, 64)
    pause = random() * min(policy.cap, doubled)
    wanted = read_retry_after(error.retry_after, tried.now) if isinstance(error, UpstreamRejected) else None
    if wanted is None:
        return RetryDecision.again(pause)
    if wanted > policy.longest_wait:
        return _move_on(tried)
    return RetryDecision.again(wanted + pause)  # all who were told the same pause do not end it together


def _sit_out(
    error: UpstreamPaused, tried: Tried, policy: Policy, random: Callable[[], float]
) -> RetryDecision:
    """Wait only for one that works and said for how long: who fails would keep the client for nothing."""
    if tried.others or not isinstance(error, UpstreamBusy) or error.retry_after > policy.longest_wait:
        return _move_on(tried)
    return RetryDecision.again(error.retry_after + random() * policy.base)


def _is_safe(error: UpstreamFailed, tried: Tried) -> bool:
    if tried.shown and not tried.resumable:
        return False
    if isinstance(error, UpstreamRejected):
        return error.status in _FOR_A_WHILE or error.status >= 500
    return True


def _is_lasting(error: UpstreamFailed, tried: Tried) -> bool:
    """Whether another candidate is the better try at once."""
    if _LASTING & {error.code, error.type}:
        return True
    # A deadline that passed has cost the client its patience once; an upstream elsewhere may be quick.
    return isinstance(error, UpstreamTimeout) and tried.others


def _move_on(tried: Tried) -> RetryDecision:
    return RetryDecision.next_candidate() if tried.others else RetryDecision.give_up()
