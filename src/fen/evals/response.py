"""A response: what a model answered to one call, what that cost, and how long it took."""

from __future__ import annotations

import msgspec

from fen.wire.money import Money


class ToolCall(msgspec.Struct, frozen=True):
    """A call of a tool that the model wants; arguments: JSON text, as the model wrote it."""

    name: str
    arguments: str = "{}"
    id: str = ""


class Timing(msgspec.Struct, frozen=True):
    """When a stream's pieces came, in seconds since its request was sent.

    first: anything of the answer. first_content: the first piece that is no reasoning; None where none came.
    last: the last piece. pieces: when each piece with text came, in order.
    """

    first: float
    first_content: float | None
    last: float
    pieces: tuple[float, ...] = ()


class Failure(msgspec.Struct, frozen=True):
    """Why a call has no answer: the error's status, code and message, as a client is told them."""

    status: int
    message: str
    code: str | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one call.

    text: the content; of a refusal, its words. finish_reason: as on the wire; None where the call failed.
    Tokens are those of the usage; output contains reasoning. cost: None where the price is not known. exact:
    whether the usage was reported. seconds: from sending to the end. timing: of a call that was timed.
    attempts: calls of the upstream that the answer took. error: the call failed, and the rest is empty.
    """

    text: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    refused: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Money | None = None
    exact: bool = True
    request_id: str = ""
    seconds: float = 0.0
    attempts: int = 1
    timing: Timing | None = None
    error: Failure | None = None

    @property
    def cut(self) -> bool:
        """Whether the answer ran into its limit."""
        return self.finish_reason == "length"
