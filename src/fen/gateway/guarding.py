"""The guard around a call: the request is examined before it is sent, the answer before it goes out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from fen.gateway.blocks_held import hold_blocks, judge_message
from fen.gateway.called import Judge
from fen.gateway.calls_held import hold_calls, judge_whole
from fen.gateway.guarded import Guarded
from fen.gateway.measure import measure
from fen.gateway.said import read_said
from fen.gateway.unmarked import unmark_stream, unmark_whole
from fen.gateway.watcher import Watcher
from fen.gateway.watching import watch_stream, watch_whole
from fen.hierarchy.leak import Protected
from fen.hierarchy.links import find_exfiltration
from fen.hierarchy.policy import PASS, GuardPolicy
from fen.hierarchy.privilege import Privilege
from fen.hierarchy.sinks import CallJudge, CallVerdict, ToolCallText
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import FenError, Internal, InvalidRequest
from fen.wire.ports import Speech

if TYPE_CHECKING:
    from fen.gateway.call import Call, Parts
    from fen.hierarchy.examine import Examiner

_log = logging.getLogger("fen.gateway")

REFUSED = "guard_refused"
"""The code of what the guard refuses."""

FAILED = "guard_failed"
HEADER = "x-fen-guard"
"""The header that tells what was done."""

_MOST_LINKED = 200_000  # characters of an answer in which links are looked for


def find_policy(call: Call, parts: Parts) -> GuardPolicy | None:
    """Return what the call's tier, or the route it asks, wants of the guard; None where that is nothing."""
    route = parts.routes.get(call.request.view.model)
    guards = parts.guards if route is None or not route.guard else parts.enforced
    policy = guards.get(call.tier.name)
    if policy is None or not policy.works or call.caller.unguarded:
        return None
    return None if call.request.format == "openai.embeddings" else policy


async def guard_request(call: Call, parts: Parts) -> Call:
    """Return the call with its request as the guard lets it go; raises InvalidRequest for a refusal.

    Where the guard itself fails, the policy says whether the call goes on without it; what only observes
    ends no call.
    """
    policy = find_policy(call, parts)
    if policy is None:
        return call
    examiner = await _find_examiner(policy, parts)
    if examiner is None:
        return _watch_for_leaks(replace(call, guarded=Guarded(policy, PASS, call.request)))
    tenant = call.key.id if call.key is not None else ""
    try:
        examined = await examiner.examine(call.request, policy, tenant)
    except Exception as fault:  # its message may hold the client's words, so it is not logged
        if isinstance(fault, FenError) and not isinstance(fault, Internal):
            raise  # the request is wrong; Internal is a reader of files that does not start
        _tell_failure(call, policy, fault)
        return _watch_for_leaks(replace(call, guarded=Guarded(policy, PASS, call.request, failed=True)))
    request, verdict = examined.request, examined.verdict
    guarded = Guarded(policy, verdict, request)
    if examined.pieces is not None:
        guarded.pieces = examined.pieces
    guarded.marks, guarded.reserved = examined.marks, examined.reserved
    if verdict.action == "refuse" and policy.mode == "enforce":
        parts.findings.note(call.id, call.key.id if call.key is not None else None, verdict.findings)
        refusal = InvalidRequest(f"refused by the guard: {verdict.reason}", code=REFUSED)
        refusal.told = ((HEADER, guarded.tell()),)
        raise refusal
    size = call.size if request is call.request else measure(request)
    return _watch_for_leaks(replace(call, request=request, size=size, guarded=guarded))


async def _find_examiner(policy: GuardPolicy, parts: Parts) -> Examiner | None:
    """Return who examines by a policy, opened first where only a route wants one; None where nobody does."""
    if policy.mode == "off":
        return None
    if parts.examiner is None and parts.enforced and parts.open_examiner is not None:
        return await parts.open_examiner()
    return parts.examiner


def _tell_failure(call: Call, policy: GuardPolicy, fault: Exception) -> None:
    """Log that the guard failed; raises Internal where nothing passes without it."""
    _log.error("the guard failed: %s", type(fault).__name__, extra={"request_id": call.id})
    if policy.fail == "closed" and policy.mode != "observe":
        message = "found that the guard fails, expected a verdict: the tier lets nothing pass without"
        raise Internal(message, code=FAILED) from None


def _watch_for_leaks(call: Call) -> Call:
    guarded = call.guarded
    assert guarded is not None
    policy = guarded.policy
    if policy.leaks != "off":
        system = ""
        if policy.system:
            texts = [piece.text for piece in guarded.pieces if piece.privilege == Privilege.SYSTEM]
            system = "\n".join(texts)
        protected = Protected(policy.secrets, policy.canaries, system or None, policy.quotable)
        guarded.watcher = Watcher(protected, policy.leaks)
    return call


def watch_answer(call: Call) -> Call:
    """Return the call with its answer as it may go out: without marks, refused calls and leaks."""
    guarded, answer = call.guarded, call.answer
    if guarded is None or answer is None:
        return call
    if isinstance(answer, Whole):
        try:
            return replace(call, answer=_watch(answer, call, guarded))
        except FenError:
            raise
        except Exception as fault:  # noqa: BLE001  its message is not logged, as above
            _tell_failure(call, guarded.policy, fault)
            return call
    return replace(call, answer=_watch(answer, call, guarded))


def _watch(answer: Whole | Stream, call: Call, guarded: Guarded) -> Whole | Stream:
    """Return the answer behind all that looks at it, one after the other: marks go first, then calls."""
    speech, judge, watcher = call.speech, _make_judge(call, guarded), guarded.watcher
    if guarded.marks or guarded.reserved is not None:
        marks = (guarded.marks, guarded.reserved, speech)
        answer = unmark_whole(answer, *marks) if isinstance(answer, Whole) else unmark_stream(answer, *marks)
    if judge is not None:
        if isinstance(answer, Whole):
            answer = (judge_message if speech == "anthropic" else judge_whole)(answer, judge, guarded.report)
        else:
            answer = (hold_blocks if speech == "anthropic" else hold_calls)(answer, judge, guarded.report)
    if watcher is not None:
        looks = (watcher, speech)
        answer = watch_whole(answer, *looks) if isinstance(answer, Whole) else watch_stream(answer, *looks)
    return _watch_links(answer, call, guarded)


def _watch_links(answer: Whole | Stream, call: Call, guarded: Guarded) -> Whole | Stream:
    if guarded.policy.mode == "off" or guarded.failed:
        return answer
    if isinstance(answer, Stream):
        return Stream(_Linked(answer.events, call, guarded))
    texts = read_said(msgspec.json.decode(answer.body), call.speech)
    _look_for_links(guarded, "\n".join(said.text for said in texts))
    return answer


def _make_judge(call: Call, guarded: Guarded) -> Judge | None:
    """Return who judges calls of tools; None where the request has none, or the guard only watches."""
    policy = guarded.policy
    if policy.mode == "off" or guarded.failed or not getattr(call.request.view, "tools", None):
        return None
    judge = CallJudge(guarded.pieces, policy.sinks)
    if policy.mode == "enforce":
        return judge.judge

    def observe(made: ToolCallText, number: int) -> CallVerdict:
        verdict = judge.judge(made, number)
        return replace(verdict, decision="flag") if verdict.decision == "refuse" else verdict

    return observe


def _look_for_links(guarded: Guarded, text: str) -> None:
    if "://" in text or "//" in text:
        guarded.note(find_exfiltration(text[:_MOST_LINKED], guarded.pieces, guarded.policy.hosts))


class _Linked:
    """Events that pass as they come; at the end, their text's links are looked at."""

    def __init__(self, source: Events, call: Call, guarded: Guarded) -> None:
        self._source = source
        self._speech: Speech = call.speech
        self._guarded = guarded
        self._texts: dict[str, list[str]] = {}
        self._size = 0

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raises what the source raises."""
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            for texts in self._texts.values():
                _look_for_links(self._guarded, "".join(texts))
            self._texts.clear()
            raise
        if self._size < _MOST_LINKED and event.produced:
            tree: Any = msgspec.json.decode(event.data)
            for said in read_said(tree, self._speech):
                self._texts.setdefault(said.channel, []).append(said.text)
                self._size += len(said.text)
        return event

    async def aclose(self) -> None:
        """Abort the call."""
        await self._source.aclose()
