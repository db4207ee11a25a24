"""A cascade: the cheap model's answer is looked at, and the next one is asked where it is not kept.

Each answer is an attempt, or several, with entries of its own in the books. A stream is held back until it is
known whether it is kept; then its client gets it from the beginning, or that of the next model.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from fen.gateway import logprobs
from fen.gateway.answer_read import AnswerReader
from fen.gateway.cache import Replayed
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.going_on import answer_in_full
from fen.gateway.route import Routed
from fen.gateway.tally import Tally
from fen.gateway.visible import find_schema, find_tools, read_asked
from fen.routing import Cascade
from fen.routing.cascade import judge
from fen.routing.signals import read_signals
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import BudgetBusy, BudgetExceeded, UpstreamFailed, UpstreamRejected

MOST_HELD = 4 * 1024 * 1024
"""Bytes of a stream that are held back; one that is longer is kept, and goes out from there on."""

BROKEN = "broken"
"""Why a stream is not kept that broke before its client saw any of it."""

LONGEST = "longest"
"""Why an answer is not kept that is longer than the cascade wants, in the words of fen.routing.cascade."""

_EARLY = frozenset(("refusal", "empty"))
_OPENING = 300
"""Characters after which those checks find nothing more."""


class _Held(NamedTuple):
    """An answer that nobody has seen yet.

    answer: as it could go out; None where it cannot. fault: why it is not kept, as far as that is known.
    """

    answer: Whole | Stream | None
    reader: AnswerReader
    fault: str | None = None
    released: bool = False


class _Shown(NamedTuple):
    """What a tally says of the answer that is shown."""

    segments: int
    clamped: int | None
    first_ns: int | None

    @classmethod
    def take(cls, tally: Tally) -> _Shown:
        """Return it, and let the tally begin with another answer."""
        shown = cls(tally.segments, tally.clamped, tally.first_ns)
        tally.segments, tally.clamped, tally.first_ns = 0, None, None
        return shown

    def put_back(self, tally: Tally, candidate: Candidate) -> None:
        """Let the tally tell of this answer again; what others have cost stays in it."""
        tally.segments, tally.clamped, tally.first_ns = self
        tally.card = candidate.card
        tally.end(200)


async def answer_by_cascade(call: Call, parts: Parts) -> Call:
    """Return the call with the first one's answer where that is kept, else with the next one's.

    Where the first one fails, and another stands in, that one's answer is kept: no cheap one was had. Where
    the next one has no answer either, the first one's goes out, and the call says so. Raises what
    `answer_in_full` does.
    """
    routed = call.routed
    assert routed is not None
    cascade = routed.policy.cascade
    if cascade is None:
        return await answer_in_full(call, parts)
    first, asked = await _ask_first(call, parts, cascade)
    if first.card is None or first.card.id != routed.decision.first:
        return first
    held = await _hold(first, cascade)
    if asked and held.answer is not None:
        held = held._replace(answer=logprobs.leave_out(held.answer))
    fault = held.fault
    if fault is None and not held.released:
        fault = await _find_fault(call, parts, held.reader, cascade)
    if fault is None:
        return replace(first, answer=held.answer)
    return await _escalate(call, parts, replace(first, answer=held.answer), routed, fault)


async def _ask_first(call: Call, parts: Parts, cascade: Cascade) -> tuple[Call, bool]:
    """Return the call with its first answer, and whether log probabilities are in it for the cascade alone.

    Where its upstream refuses to tell them, it is asked without.
    """
    if cascade.logprob is None or not logprobs.can_ask(call, parts, call.candidates[0]):
        return await answer_in_full(call, parts), False
    asking = replace(call, request=logprobs.ask(call.request), candidates=call.candidates[:1])
    try:
        answered = await answer_in_full(asking, parts)
    except UpstreamRejected:
        return await answer_in_full(call, parts), False
    except UpstreamFailed:
        call.tally.status = 0  # another follows
        return await answer_in_full(replace(call, candidates=call.candidates[1:]), parts), False
    return replace(answered, request=call.request, candidates=call.candidates), True


async def _escalate(call: Call, parts: Parts, first: Call, routed: Routed, fault: str) -> Call:
    tally = call.tally
    shown, spent = _Shown.take(tally), tally.spent
    try:
        told = await answer_in_full(replace(call, candidates=call.candidates[1:]), parts)
    except (UpstreamFailed, BudgetExceeded, BudgetBusy):
        if first.answer is None:
            raise
        shown.put_back(tally, call.candidates[0])
        return replace(first, routed=replace(routed, kept=fault))
    if tally.most is not None:
        known = spent is not None and spent.currency == tally.most.currency
        tally.most = spent + tally.most if known and spent is not None else None
    return replace(told, routed=replace(routed, escalated=fault))


async def _hold(call: Call, cascade: Cascade) -> _Held:
    """Take an answer in: a whole one is there, a stream's events are read until nothing more can tell."""
    reader, answer = AnswerReader(call.speech), call.answer
    assert answer is not None
    if isinstance(answer, Whole):
        reader.feed(answer.body)
        return _Held(answer, reader, LONGEST if _is_too_long(reader, cascade) else None)
    early = _is_early(cascade)
    events: list[Event] = []
    size = 0
    try:
        async for event in answer.events:
            events.append(event)
            reader.feed(event.data)
            size += len(event.data)
            if _is_too_long(reader, cascade):
                await answer.events.aclose()  # what is written from here on is not paid for
                return _Held(None, reader, LONGEST)
            if size > MOST_HELD or (early and reader.characters > _OPENING):
                fault = _judge(reader, call, cascade) if early else None
                if fault is not None:
                    await answer.events.aclose()
                    return _Held(None, reader, fault)
                return _Held(Stream(_Resumed(events, answer)), reader, released=True)
    except UpstreamFailed:
        return _Held(None, reader, BROKEN)
    except BaseException:
        await answer.events.aclose()
        raise
    return _Held(Stream(Replayed(events)), reader)


def _is_early(cascade: Cascade) -> bool:
    """Whether all that is looked at is told from an answer's beginning."""
    return _EARLY.issuperset(cascade.checks) and cascade == Cascade(cascade.checks)


async def _find_fault(call: Call, parts: Parts, reader: AnswerReader, cascade: Cascade) -> str | None:
    """Return what speaks against an answer that has ended; where nothing does, a second model is asked."""
    if cascade.second is None:
        return _judge(reader, call, cascade, parts)
    alone = replace(cascade, second=None, verifier=None)
    fault = _judge(reader, call, alone)
    if fault is not None:
        return fault
    second = await _ask_second(call, parts, cascade)
    return _judge(reader, call, cascade, parts, second)


def _judge(
    reader: AnswerReader,
    call: Call,
    cascade: Cascade,
    parts: Parts | None = None,
    second: str | None = None,
) -> str | None:
    """Return which check an answer fails; parts: where the route's verifier is asked too."""
    signals = read_signals(reader.read(second), find_schema(call.request), find_tools(call.request))
    routed = call.routed
    if parts is not None and cascade.verifier is not None and routed is not None:
        expected = routed.decision.find(routed.decision.first)
        decider = parts.routes[routed.policy.name].decider
        if expected is not None:
            signals = replace(signals, verified=decider.verify(read_asked(call), expected.p, signals))
    return judge(signals, cascade).check


def _is_too_long(reader: AnswerReader, cascade: Cascade) -> bool:
    return cascade.longest is not None and reader.characters > cascade.longest


class _Resumed(Replayed):
    """Events that were held, then those that are still to come."""

    def __init__(self, held: list[Event], rest: Stream) -> None:
        super().__init__(held)
        self._rest = rest.events

    async def __anext__(self) -> Event:
        """Return the next event; raises what the stream raises."""
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            return await anext(self._rest)

    async def aclose(self) -> None:
        """Abort the call."""
        await super().aclose()
        await self._rest.aclose()


async def _ask_second(call: Call, parts: Parts, cascade: Cascade) -> str | None:
    """Return what the second cheap model answers; None where it is not there, or has no answer."""
    second = next((c for c in call.candidates[1:] if c.card.id == cascade.second), None)
    if second is None:
        return None
    tally = call.tally
    shown = _Shown.take(tally)
    try:
        other = await answer_in_full(replace(call, candidates=(second,)), parts)
        held = await _hold(other, Cascade())
        if held.released and isinstance(held.answer, Stream):
            await held.answer.events.aclose()
        return None if held.fault is not None else held.reader.read().text
    except (UpstreamFailed, BudgetExceeded, BudgetBusy):
        return None
    finally:
        shown.put_back(tally, call.candidates[0])
