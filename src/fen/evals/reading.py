"""Reading an answer of the pipeline, whole or as a stream whose pieces are timed, into a response."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import msgspec
from msgspec.structs import replace

from fen.evals.response import Failure, Response, Timing, ToolCall
from fen.ledger import Settlement
from fen.wire.answer import CalledTool, Completion, Delta, FenChunk, Figures, join_text
from fen.wire.errors import FenError
from fen.wire.money import Money
from fen.wire.sse import DONE
from fen.wire.usage import OpenAIUsage, read_openai_usage

_decode = msgspec.json.Decoder(Completion).decode
_encode = msgspec.json.Encoder().encode


class _ErrorBody(msgspec.Struct, frozen=True):
    message: str = ""
    code: str | None = None


_decode_chunk = msgspec.json.Decoder(FenChunk).decode


def read_body(body: bytes) -> Response:
    """Return what a whole answer says, without what it took."""
    answer = _decode(body)
    choice = answer.choices[0] if answer.choices else None
    message = choice.message if choice is not None else None
    if choice is None or message is None:
        return Response(finish_reason="stop")
    refusal = message.refusal or ""
    return Response(
        text=join_text(message.content) or refusal,
        reasoning=join_text(message.reasoning_content) or join_text(message.reasoning),
        calls=tuple([_read_call(call) for call in message.tool_calls or ()]),
        finish_reason=choice.finish_reason or "stop",
        refused=bool(refusal),
    )


def read_settled(body: bytes, settlement: Settlement, seconds: float) -> Response:
    """Return a whole answer with what its settlement says of it."""
    usage = settlement.usage
    request_id, _, number = settlement.id.rpartition("-")
    return replace(
        read_body(body),
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning,
        cost=settlement.cost,
        exact=settlement.certainty == "exact",
        request_id=request_id,
        seconds=seconds,
        attempts=int(number),
    )


def read_reply(body: bytes, headers: Sequence[tuple[str, str]], seconds: float) -> Response:
    """Return a whole answer with what its headers say of it."""
    told = dict(headers)
    response, usage = read_body(body), _decode(body).usage
    read = read_openai_usage(usage).usage if usage is not None else None
    return replace(
        response,
        input_tokens=read.prompt_tokens if read else 0,
        output_tokens=read.completion_tokens if read else 0,
        reasoning_tokens=read.reasoning if read else 0,
        cost=_read_money(told.get("x-fen-cost", "")),
        exact=read is not None,
        request_id=told.get("x-fen-request-id", ""),
        seconds=seconds,
        attempts=int(told.get("x-fen-attempts", "1")),
    )


def read_error(error: FenError, seconds: float) -> Response:
    """Return the response of a call that failed."""
    failure = Failure(error.status, error.message, error.code)
    return Response(error=failure, request_id=error.request_id or "", seconds=seconds)


class StreamReading:
    """Puts a stream's chunks together; moments are seconds since its request was sent."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, ToolCall] = {}
        self._finish: str | None = None
        self._usage: OpenAIUsage | None = None
        self._figures = Figures()
        self._pieces: list[float] = []
        self._first_content: float | None = None
        self._failure: Failure | None = None

    def feed(self, payload: bytes, moment: float) -> None:
        """Take a chunk that came at a moment."""
        if payload == DONE:
            return
        chunk = _decode_chunk(payload)
        if chunk.error is not None:
            self._failure = _read_failure(chunk.error)
            return
        self._usage = chunk.usage or self._usage
        self._figures = chunk.fen or self._figures
        for choice in chunk.choices or ():
            if choice.index == 0:
                self._finish = choice.finish_reason or self._finish
                if choice.delta is not None:
                    self._take(choice.delta, moment)

    def finish(self, seconds: float) -> Response:
        """Return the response; one with an error where the stream broke."""
        if self._failure is not None:
            return Response(error=self._failure, seconds=seconds, request_id=self._figures.request_id)
        figures, pieces = self._figures, self._pieces
        read = read_openai_usage(self._usage).usage if self._usage is not None else None
        refusal = "".join(self._refusal)
        timing = Timing(pieces[0], self._first_content, pieces[-1], tuple(pieces)) if pieces else None
        return Response(
            text="".join(self._text) or refusal,
            reasoning="".join(self._reasoning),
            calls=tuple(self._calls.values()),
            finish_reason=self._finish or "stop",
            refused=bool(refusal),
            input_tokens=read.prompt_tokens if read else 0,
            output_tokens=read.completion_tokens if read else 0,
            reasoning_tokens=read.reasoning if read else 0,
            cost=figures.money,
            exact=figures.certainty == "exact",
            request_id=figures.request_id,
            seconds=seconds,
            attempts=figures.attempts,
            timing=timing,
        )

    def _take(self, delta: Delta, moment: float) -> None:
        text, thought = (
            join_text(delta.content),
            join_text(delta.reasoning_content) or join_text(delta.reasoning),
        )
        refusal, calls = delta.refusal or "", delta.tool_calls or ()
        self._text.append(text)
        self._reasoning.append(thought)
        self._refusal.append(refusal)
        for call in calls:
            self._add_call(call)
        if not (text or thought or refusal or calls):
            return
        self._pieces.append(moment)
        if self._first_content is None and (text or refusal or calls):
            self._first_content = moment

    def _add_call(self, delta: CalledTool) -> None:
        read = _read_call(delta, "")
        index = delta.index if delta.index is not None else len(self._calls) - (not delta.id)
        known = self._calls.get(max(0, index), ToolCall("", ""))
        self._calls[max(0, index)] = ToolCall(
            known.name + read.name, known.arguments + read.arguments, known.id or read.id
        )


def _read_call(call: CalledTool, empty: str = "{}") -> ToolCall:
    function = call.function
    if function is None:
        return ToolCall("", empty, call.id or "")
    given = function.arguments
    arguments = given if isinstance(given, str) else empty if given is None else _encode(given).decode()
    return ToolCall(function.name or "", arguments, call.id or "")


def _read_failure(error: object) -> Failure:
    told = msgspec.convert(error, _ErrorBody) if isinstance(error, dict) else _ErrorBody(str(error))
    return Failure(502, told.message or "the stream broke", told.code)


def _read_money(text: str) -> Money | None:
    """Read `0.00012 USD`; None for `unknown`."""
    amount, _, currency = text.partition(" ")
    try:
        return Figures(cost=Decimal(amount), currency=currency).money
    except InvalidOperation:
        return None
