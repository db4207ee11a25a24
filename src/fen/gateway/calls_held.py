"""Calls of tools wait for a verdict: streamed ones until their choice ends, while its text goes on at once.

Where one call of a choice is refused, none of that choice's goes out, and its finish_reason becomes
`content_filter`: calls that were made together may serve the same end. Calls of a stream that broke are never
let out. Chunks of calls that may go out keep their bytes and their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec
from msgspec.structs import replace

from fen.gateway.called import (
    CALLS,
    HeldCalls,
    Judge,
    Report,
    Tree,
    is_there,
    members_of,
    raw,
    read_calls,
    without_calls,
)
from fen.gateway.pieces import make_chunk
from fen.gateway.reshaped import Reshaped
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import FenError, UpstreamFailed

FILTERED = "content_filter"
"""The finish_reason of a choice whose calls were refused."""

_decode_tree = msgspec.json.Decoder(Tree).decode
_decode_trees = msgspec.json.Decoder(list[Tree]).decode
_encode = msgspec.json.Encoder().encode
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def hold_calls(stream: Stream, judge: Judge, report: Report) -> Stream:
    """Return a stream of OpenAI's chunks whose calls come out once they were judged; text is not delayed."""
    return Stream(_Held(stream.events, judge, report))


def judge_whole(whole: Whole, judge: Judge, report: Report) -> Whole:
    """Return a whole answer of OpenAI's, untouched; without its calls where one was refused.

    Raises UpstreamFailed where its choices are none of OpenAI's.
    """
    try:
        tree, choices = _take_apart(whole.body)
        judged = [_judge_choice(choice, judge, report) for choice in choices]
    except _FAULTS as error:
        raise UpstreamFailed(f"found an answer that is not OpenAI's ({error})") from None
    if judged == choices:
        return whole
    return replace(whole, body=_encode(tree | {"choices": raw(judged)}))


def _judge_choice(choice: Tree, judge: Judge, report: Report) -> Tree:
    message = members_of(choice, "message")
    # Each is a call of its own, whatever its index says.
    calls = [replace(call, index=at) for at, call in enumerate(read_calls(message))]
    held = HeldCalls()
    held.feed(calls)
    if held.are_allowed(judge, report):
        return choice
    return choice | {"message": raw(without_calls(message)), "finish_reason": raw(FILTERED)}


class _Held(Reshaped):
    """The events of a stream, those of calls held back."""

    def __init__(self, source: Events, judge: Judge, report: Report) -> None:
        super().__init__(source)
        self._judge, self._report = judge, report
        self._calls: dict[int, HeldCalls] = {}
        self._waiting: dict[int, list[Event]] = {}
        self._last = b'{"object":"chat.completion.chunk"}'  # the shape of a chunk that is made here

    def end(self, failure: FenError | None) -> FenError | None:
        """Judge the calls of choices without a finish; those of a stream that broke are let go of."""
        if failure is None:
            self.ready += self._end()
        return failure

    def drop(self) -> None:
        """Let go of what waits."""
        self._calls.clear()
        self._waiting.clear()

    def take(self, event: Event) -> None:
        """Hold what belongs to calls; raises UpstreamFailed where it is no chunk."""
        self.ready += self._take(event)

    def _take(self, event: Event) -> list[Event]:
        try:
            tree, choices = _take_apart(event.data)
            if not self._calls and not any(map(_has_calls, choices)):
                return [event]
            self._last = event.data
            return self._sort(event, tree, choices)
        except _FAULTS as error:
            raise UpstreamFailed(f"found a chunk that is not OpenAI's ({error})") from None

    def _sort(self, event: Event, tree: Tree, choices: list[Tree]) -> list[Event]:
        """Hold what belongs to calls; returns what goes out now."""
        if len(choices) == 1 and _is_call_alone(choices[0]):
            self._hold(choices[0], event)
            return []
        held = [choice for choice in choices if _has_calls(choice)]
        if held and len(choices) == 1 and _finish_of(held[0]) is not None:
            return self._finish_with_calls(event, tree, held[0])
        if held:
            for choice in held:
                self._hold(
                    choice, Event(_encode(_without_usage(tree) | {"choices": raw([_only_calls(choice)])}))
                )
            choices = [_without_calls(choice) for choice in choices if not _is_call_alone(choice)]
            event = replace(event, data=_encode(tree | {"choices": raw(choices)}))
        return self._finish_choices(event, tree, choices)

    def _hold(self, choice: Tree, event: Event) -> None:
        number = _number_of(choice)
        self._calls.setdefault(number, HeldCalls()).feed(read_calls(members_of(choice, "delta")))
        self._waiting.setdefault(number, []).append(event)

    def _finish_choices(self, event: Event, tree: Tree, choices: list[Tree]) -> list[Event]:
        """Return the calls of the choices that finish with this chunk, then the chunk."""
        ending = [_number_of(choice) for choice in choices if _finish_of(choice) is not None]
        let_out, refused = self._release([number for number in ending if number in self._calls])
        if refused:
            end = {"finish_reason": raw(FILTERED)}
            choices = [choice | end if _number_of(choice) in refused else choice for choice in choices]
            event = replace(event, data=_encode(tree | {"choices": raw(choices)}), finish=FILTERED)
        return [*let_out, event]

    def _finish_with_calls(self, event: Event, tree: Tree, choice: Tree) -> list[Event]:
        """Return what goes out for a chunk that has the last of its choice's calls: itself, where all may."""
        self._hold(choice, event)
        let_out, refused = self._release([_number_of(choice)])
        if not refused:
            return let_out
        end = _without_calls(choice) | {"finish_reason": raw(FILTERED)}
        return [replace(event, data=_encode(tree | {"choices": raw([end])}), finish=FILTERED)]

    def _end(self) -> list[Event]:
        """Return the calls of choices that the stream left without a finish, or finishes in their stead."""
        let_out, refused = self._release(list(self._calls))
        ends = [raw({"index": number, "delta": {}, "finish_reason": FILTERED}) for number in refused]
        shape = _decode_tree(make_chunk(self._last, {}))
        return let_out + [Event(_encode(shape | {"choices": raw([end])}), finish=FILTERED) for end in ends]

    def _release(self, numbers: Sequence[int]) -> tuple[list[Event], list[int]]:
        """Judge the calls of choices; returns the events that may go out, and the choices refused."""
        let_out: list[Event] = []
        refused: list[int] = []
        for number in numbers:
            waiting = self._waiting.pop(number)
            if self._calls.pop(number).are_allowed(self._judge, self._report):
                let_out += waiting
            else:
                refused.append(number)
        return let_out, refused


def _take_apart(data: bytes) -> tuple[Tree, list[Tree]]:
    tree = _decode_tree(data)
    return tree, _decode_trees(tree["choices"]) if is_there(tree, "choices") else []


def _has_calls(choice: Tree) -> bool:
    delta = members_of(choice, "delta")
    return any(is_there(delta, name) for name in CALLS)


def _is_call_alone(choice: Tree) -> bool:
    """Whether a choice of a chunk says nothing but calls, so that all of it can wait."""
    if _finish_of(choice) is not None or not _has_calls(choice):
        return False
    delta = without_calls(members_of(choice, "delta"))
    return not any(is_there(delta, name) for name in delta if name != "role")


def _only_calls(choice: Tree) -> Tree:
    calls = {name: value for name, value in members_of(choice, "delta").items() if name in CALLS}
    return choice | {"delta": raw(calls), "finish_reason": raw(None)}


def _without_calls(choice: Tree) -> Tree:
    return choice | {"delta": raw(without_calls(members_of(choice, "delta")))}


def _without_usage(tree: Tree) -> Tree:
    return {name: value for name, value in tree.items() if name != "usage"}


def _number_of(choice: Tree) -> int:
    found = cast("object", msgspec.json.decode(choice["index"])) if "index" in choice else 0
    return found if isinstance(found, int) else 0


def _finish_of(choice: Tree) -> str | None:
    found = (
        cast("object", msgspec.json.decode(choice["finish_reason"])) if "finish_reason" in choice else None
    )
    return found if isinstance(found, str) else None
