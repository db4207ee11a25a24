"""One line of a batch: what comes in, what came of it, what goes out."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fen.wire.errors import FenError, InvalidRequest
from fen.wire.request import ChatRequest, Request, WireFormat, parse_request

LineState = Literal["waiting", "running", "deferred", "done", "failed"]

EXPIRED = "batch_expired"
CANCELLED = "batch_cancelled"
INTERRUPTED = "interrupted"
LOST = "vendor_unreachable"

MESSAGES = {
    EXPIRED: "found the completion window at its end, expected this request to be answered within it",
    CANCELLED: "found the batch cancelled, expected it to go on until this request",
    INTERRUPTED: "found this request under way at two ends of Fen's process, expected at most one;"
    " it may have been answered and billed, so it is not sent again",
    LOST: "found no word of the vendor about its batch, expected this request's result; it may have been"
    " billed, so its likely input is charged",
}
"""What is said of a line that has no answer, by code."""

BYTES_PER_TOKEN = 4
"""The usual ratio of UTF-8 bytes to tokens; plans rest on it, money never does."""

USUAL_OUTPUT = 512
"""Tokens that a plan expects of an answer without a limit."""


class InputLine(msgspec.Struct, frozen=True):
    """A line of an input file. Source: OpenAI API reference, "The request input object"."""

    custom_id: str
    method: str
    url: str
    body: msgspec.Raw


class Line(msgspec.Struct, frozen=True):
    """A line to run. request: the input's own text. tries: how often it was sent and came back for later."""

    number: int
    request: bytes
    tries: int = 0


class NewLine(msgspec.Struct, frozen=True):
    """A line as it is first stored; the rest is for plans. model: '' where none could be read."""

    number: int
    request: bytes
    model: str
    input_tokens: int
    output_tokens: int


class EndedLine(msgspec.Struct, frozen=True):
    """A line that ended: with an answer of a status, or without one and a code that says why."""

    number: int
    request: bytes
    state: LineState
    status: int | None
    request_id: str | None
    answer: bytes | None
    code: str | None


class Outcome(msgspec.Struct, frozen=True):
    """What came of sending a line; `body` is one line of JSON, the answer or OpenAI's error object."""

    state: Literal["done", "failed"]
    status: int
    body: bytes
    request_id: str | None = None


_read = msgspec.json.Decoder(InputLine).decode


def read_line(text: bytes) -> InputLine:
    """Read a line; raises msgspec's errors."""
    return _read(text)


def read_request(line: bytes, wire_format: WireFormat) -> Request:
    """Return the request of a line; raises InvalidRequest, also for a stream."""
    request = parse_request(wire_format, bytes(read_line(line).body))
    if isinstance(request.view, ChatRequest) and request.view.stream:
        raise InvalidRequest("stream: found true, expected a whole answer in a batch", param="stream")
    return request


def measure_line(number: int, text: bytes, wire_format: WireFormat) -> NewLine:
    """Return a line as it is stored; a request that cannot be read fails when it is its turn."""
    try:
        view = read_request(text, wire_format).view
    except InvalidRequest:
        return NewLine(number, text, "", 0, 0)
    output = 0
    if isinstance(view, ChatRequest):
        output = (view.output_limit or USUAL_OUTPUT) * view.choices
    model = view.model if view.model.isprintable() else ""  # no model's name, and no database takes it
    return NewLine(number, text, model, len(text) // BYTES_PER_TOKEN + 1, output)


def fail(error: FenError) -> Outcome:
    """Return the outcome of an error that trying again would not change."""
    return Outcome("failed", error.status, msgspec.json.encode(error.to_object()), error.request_id)


def flatten(body: bytes) -> bytes:
    """Return a JSON text on one line, each of its values as the upstream wrote it."""
    return msgspec.json.format(body, indent=-1)


def write_line(batch_id: str, line: EndedLine) -> bytes:
    """Return the line of the output or error file.

    Source: OpenAI API reference, "The request output object".
    """
    custom_id = read_line(line.request).custom_id
    tree: dict[str, Any] = {"id": f"{batch_id}_{line.number}", "custom_id": custom_id}
    if line.answer is None:
        code = line.code or INTERRUPTED
        tree |= {"response": None, "error": {"code": code, "message": MESSAGES[code]}}
    else:
        response = {
            "status_code": line.status,
            "request_id": line.request_id,
            "body": msgspec.Raw(line.answer),
        }
        tree |= {"response": response, "error": None}
    return msgspec.json.encode(tree) + b"\n"
