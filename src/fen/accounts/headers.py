"""What a caller is told of its rates: headers as OpenAI writes them, and the refusal.

Source: OpenAI API, "Rate limits", section "Rate limits in headers".
"""

from __future__ import annotations

from math import ceil

from fen.accounts.rate import Charge, Decision, Unit, Verdict
from fen.accounts.tier import CODE
from fen.wire.errors import ContextLengthExceeded, FenError, RateLimited

_SECOND = 1_000_000_000  # nanoseconds

_NAMES: dict[Unit, tuple[str, str, str]] = {
    "requests": (
        "x-ratelimit-limit-requests",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    "tokens": ("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
}


def rate_headers(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` for the units that have a rate.

    Of several rates of a unit it is the one with the least left. While each replica counts for itself, the
    figures are this replica's.
    """
    least: dict[Unit, tuple[int, Decision]] = {}
    for charge, decision in zip(verdict.charges, verdict.decisions, strict=True):
        left, known = decision.remaining, least.get(charge.unit)
        if known is None or left < known[0]:
            least[charge.unit] = left, decision
    told: list[tuple[str, str]] = []
    for unit, (limit, remaining, reset) in _NAMES.items():
        found = least.get(unit)
        if found is not None:
            left, decision = found
            duration = format_duration(decision.backlog)
            told += ((limit, decision.rate.text), (remaining, str(left)), (reset, duration))
    return tuple(told)


def refuse_rate(verdict: Verdict) -> FenError:
    """Return the error for a verdict that did not allow.

    RateLimited with the longest wait; ContextLengthExceeded, code `tier_limit`, for a call that no wait would
    let pass, because it alone is above the burst.
    """
    refused = [
        (charge, decision)
        for charge, decision in zip(verdict.charges, verdict.decisions, strict=True)
        if not decision.allowed
    ]
    for charge, decision in refused:
        if decision.retry_after is None:
            return ContextLengthExceeded(
                f"found a call of {charge.cost} {charge.unit}, expected at most {charge.rate.burst} at once"
                f" ({_name_rate(charge)})",
                code=CODE,
            )
    charge, decision = max(refused, key=lambda pair: pair[1].retry_after or 0.0)
    wait = decision.retry_after or 0.0
    return RateLimited(
        f"found {charge.cost} {charge.unit} more with {decision.remaining} left, expected at most"
        f" {_name_rate(charge)}: try again in {format_duration(ceil(wait * _SECOND))}",
        retry_after=wait,
    )


def format_duration(nanoseconds: int) -> str:
    """Write a duration as OpenAI does: `17ms`, `1s`, `8.64s`, `6m0s`, `1h0m3s`; milliseconds, rounded up."""
    millis = -(-nanoseconds // 1_000_000)
    if 0 < millis < 1000:
        return f"{millis}ms"
    whole, rest = divmod(millis, 1000)
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{secs}.{rest:03}".rstrip("0").rstrip(".") if rest else str(secs)
    if hours:
        return f"{hours}h{minutes}m{text}s"
    return f"{minutes}m{text}s" if minutes else f"{text}s"


def _name_rate(charge: Charge) -> str:
    period = "a minute" if charge.rate.period == 60 else f"in {charge.rate.period} s"
    return f"{charge.rate.limit} {charge.unit} {period}"
