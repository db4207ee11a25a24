"""What a model gives in a tier: the smallest of what is known, stated, and learnt from complaints."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from fen.accounts.tier import Tier
from fen.catalogue import Card, Fact, Unlock
from fen.catalogue.learnt import Kind, Learnt
from fen.wire.errors import UpstreamRejected
from fen.wire.ports import Headers

_REFUSALS = (400, 413, 422)
"""Statuses of a request that is too much; others are of a caller who is."""

_ROOM = 10_000  # limits held; a stranger's names of versions must not fill the memory
_DAY_SECONDS = 86_400


class Step(msgspec.Struct, frozen=True):
    """Headers and parameters that must be sent for answers of up to `output` tokens."""

    output: int
    headers: Headers
    parameters: Mapping[str, Any]


class Limits(msgspec.Struct, frozen=True):
    """What a model gives in a tier; None where nobody knows.

    window: tokens of context. output: tokens of one call. cap: tokens of a whole answer, which may be put
    together of several calls; a tier's limit binds it. context_window, max_output: the first two with source
    and date. base: tokens of one call that need nothing unlocked. steps: what unlocks more, by how much.
    """

    window: int | None = None
    output: int | None = None
    cap: int | None = None
    context_window: Fact[int] | None = None
    max_output: Fact[int] | None = None
    base: int | None = None
    steps: tuple[Step, ...] = ()

    def for_output(self, tokens: int | None) -> Headers:
        """Return the headers that an answer of so many tokens needs; none where nobody asked for a length."""
        step = self.find_step(tokens)
        return step.headers if step is not None else ()

    def parameters_for_output(self, tokens: int | None) -> Mapping[str, Any]:
        """Return the members of the request that an answer of so many tokens needs."""
        step = self.find_step(tokens)
        return step.parameters if step is not None else {}

    def find_step(self, tokens: int | None) -> Step | None:
        """Return what an answer of so many tokens needs unlocked; None where it needs nothing."""
        if not self.steps or tokens is None or (self.base is not None and tokens <= self.base):
            return None
        return next((step for step in self.steps if step.output >= tokens), self.steps[-1])


def effective(card: Card, tier: Tier, learnt: Learnt, day: date) -> Limits:
    """Return what a card gives in a tier on a day."""
    own = Fact(tier.context_window, f"tier {tier.name!r}") if tier.context_window is not None else None
    window = _smaller(_smaller(card.context_window, learnt.find(card, "context_window")), own)
    base = _smaller(card.max_output_tokens, learnt.find(card, "max_output_tokens"))
    best, steps = _climb(card, base, learnt.find(card, "unlocked_output"), day)
    cap = Fact(tier.max_output_tokens, f"tier {tier.name!r}") if tier.max_output_tokens is not None else None
    output = _smaller(best, cap)
    return Limits(
        window=window.value if window is not None else None,
        output=output.value if output is not None else None,
        cap=tier.max_output_tokens,
        context_window=window,
        max_output=output,
        base=base.value if base is not None else None,
        steps=steps,
    )


class LimitBook:
    """Holds what models give in tiers, and learns when an upstream complains.

    One is for one set of tiers and models: a reload makes another, over the same `learnt`.
    """

    def __init__(self, learnt: Learnt | None = None, clock: Callable[[], float] = time.time) -> None:
        self.learnt = learnt if learnt is not None else Learnt()
        self._clock = clock
        self._held: dict[tuple[str, str, str], Limits] = {}
        self._until = 0.0
        self._version = self.learnt.version

    def effective(self, card: Card, tier: Tier) -> Limits:
        """Return what a card gives in a tier at present."""
        now = self._clock()
        if now >= self._until or self._version != self.learnt.version:
            self._renew(now)
        key = (card.id, card.upstream_model, tier.name)
        limits = self._held.get(key)
        if limits is None:
            limits = effective(card, tier, self.learnt, datetime.fromtimestamp(now, UTC).date())
            if len(self._held) >= _ROOM:
                self._held.clear()
            self._held[key] = limits
        return limits

    def learn(self, card: Card, error: UpstreamRejected, headers: Headers = ()) -> bool:
        """Take in what an upstream's refusal says of a limit; whether the card now gives less than before.

        headers: those that were sent along, so that one which unlocks longer answers is not blamed for the
        limit without it.
        """
        if error.status not in _REFUSALS:
            return False
        lesson = self.learnt.read(f"{error.message}\n{error.param or ''}")
        if lesson is None:
            return False
        kind: Kind = lesson.limit
        if kind == "max_output_tokens" and _unlocks(card, headers):
            kind = "unlocked_output"
        known = self._known(card, kind)
        if known is not None and lesson.value >= known:
            return False
        self.learnt.learn(card, kind, lesson)
        return True

    def _known(self, card: Card, kind: Kind) -> int | None:
        """Return what counted of a limit so far, whatever the tier."""
        limits = self.effective(card, _NO_TIER)
        if kind == "context_window":
            return limits.window
        return limits.output if kind == "unlocked_output" else limits.base

    def _renew(self, now: float) -> None:
        """Forget what was computed: each midnight (UTC) and each hour something may begin or end."""
        self._held.clear()
        self._version = self.learnt.version
        hour = _DAY_SECONDS / 24
        self._until = now // hour * hour + hour


_NO_TIER = Tier("")


def _climb(
    card: Card, base: Fact[int] | None, learnt: Fact[int] | None, day: date
) -> tuple[Fact[int] | None, tuple[Step, ...]]:
    """Return the longest output, and the steps to it."""
    best, steps = base, list[Step]()
    for unlock in sorted(card.unlocks, key=lambda unlock: unlock.max_output):
        fact = _smaller(Fact(unlock.max_output, unlock.source, unlock.checked), learnt)
        assert fact is not None
        if unlock.holds(day) and (best is None or fact.value > best.value):
            best = fact
            steps.append(Step(fact.value, unlock.headers, unlock.parameters))
    return best, tuple(steps)


def _smaller(fact: Fact[int] | None, other: Fact[int] | None) -> Fact[int] | None:
    if fact is None or other is None:
        return fact or other
    return other if other.value < fact.value else fact


def _unlocks(card: Card, headers: Headers) -> bool:
    """Whether one of a card's unlocks was among the headers; a header may list several values."""
    return any(_is_sent(unlock, headers) for unlock in card.unlocks if unlock.headers)


def _is_sent(unlock: Unlock, headers: Headers) -> bool:
    sent = {(name.lower(), value.strip()) for name, values in headers for value in values.split(",")}
    return all((name, value) in sent for name, value in unlock.headers)
