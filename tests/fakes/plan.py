"""From a request and its script to what happens on the connection, step by step."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from tests.fakes import answers
from tests.fakes.script import Script, ScriptError, parse_script


class Step(msgspec.Struct, frozen=True):
    """One thing that happens on a connection.

    write: `data` goes out, carrying `tokens`. wait: `seconds` pass. stall: nothing until released.
    hang: nothing, ever. reset: RST. drop: FIN. half: FIN, but the client may go on. end: the answer is
    complete.
    """

    kind: Literal["write", "wait", "stall", "hang", "reset", "drop", "half", "end"]
    data: bytes = b""
    tokens: int = 0
    seconds: float = 0.0


MOST_DIMENSIONS = 4096
"""Numbers of one embedding; without a bound, one request would take all memory."""

Draw = Callable[[str], str]
Refuse = Callable[[int, str, dict[str, str]], Iterator[Step]]
Fault = Literal["stall", "malformed", "error", "reset", "drop", "half"]


class Plan(msgspec.Struct, frozen=True):
    """The script of a request and its steps."""

    script: Script
    steps: Iterator[Step]


def plan(path: str, body: bytes, draw: Draw | None = None) -> Plan:
    """Plan the answer to a POST; `draw` returns further words for what the user said."""
    try:
        request: Any = msgspec.json.decode(body)
        ask = answers.read_ask(request)
        text = ask.text or _embedded_text(request)
        script = parse_script(ask.model, text + (draw(text) if draw else ""))
    except (msgspec.DecodeError, ScriptError, AttributeError) as fault:
        return Plan(Script(), _refuse(400, f"the fake upstream cannot read this request: {fault}"))
    if path.endswith("/chat/completions"):
        steps = (
            stream_steps(_events(ask, script), script)
            if ask.stream
            else _whole(answers.whole(ask, script), ask, script)
        )
    elif path.endswith("/embeddings") and (request.get("dimensions") or 0) > MOST_DIMENSIONS:
        steps = _refuse(400, f"dimensions: expected at most {MOST_DIMENSIONS}")
    elif path.endswith("/embeddings"):
        steps = _whole(answers.embeddings(request, script), ask, script)
    else:
        steps = _refuse(404, f"no such path: {path}")
    return Plan(script, begin(script, steps, _refuse))


def reply(status: int, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Return a whole HTTP response with a JSON body."""
    lines = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Fake\r\n{head}\r\n".encode() + body


def _embedded_text(request: Any) -> str:
    given = request.get("input", "")
    return given if isinstance(given, str) else " ".join(text for text in given if isinstance(text, str))


def begin(script: Script, steps: Iterator[Step], refuse: Refuse) -> Iterator[Step]:
    """Do what a script asks for before an answer, or in its place, and then the answer's `steps`."""
    if script.delay:
        yield Step("wait", seconds=script.delay)
    if script.hang:
        yield Step("hang")
    elif script.silent:
        yield Step("drop")
    elif script.status != 200:
        headers = {"retry-after": script.retry} if script.retry is not None else {}
        yield from refuse(script.status, f"the script asked for {script.status}", headers)
    else:
        yield from steps


def _refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Iterator[Step]:
    yield Step("write", reply(status, msgspec.json.encode(answers.error(status, message)), headers))
    yield Step("end")


def _whole(answer: dict[str, Any], ask: answers.Ask, script: Script) -> Iterator[Step]:
    tokens = sum(answers.lengths(ask, script)[:2]) * ask.choices if "choices" in answer else 0
    yield from whole_steps(answer, answers.error(500, "the script asked for an error"), tokens, script)


def whole_steps(answer: dict[str, Any], error: dict[str, Any], tokens: int, script: Script) -> Iterator[Step]:
    """Give a whole answer of so many tokens, or break it off as the script says."""
    if script.gap:
        yield Step("wait", seconds=script.gap * tokens)
    if script.stall is not None:
        yield Step("stall")
    body = msgspec.json.encode(answer if script.error is None else error)
    if script.malformed is not None:
        body = body[: len(body) // 2]
    data = reply(200, body)
    end = find_end(script)
    if end is not None:
        yield Step("write", data[: len(data) - len(body) // 2])
        yield Step(end)
        return
    yield from _cut_steps(iter([Step("write", data, tokens), Step("end")]), script.cut)


def stream_steps(
    steps: Iterator[Step], script: Script, kind: str = "text/event-stream; charset=utf-8"
) -> Iterator[Step]:
    """Give a stream's head, and its events in chunks, cut as the script says."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
    yield Step("write", head.encode())
    for step in _cut_steps(steps, script.cut):
        if step.kind == "write" and step.data:
            yield Step("write", b"%x\r\n%b\r\n" % (len(step.data), step.data), step.tokens)
        elif step.kind == "end":
            yield Step("end", b"0\r\n\r\n")
        else:
            yield step


def _events(ask: answers.Ask, script: Script) -> Iterator[Step]:
    error = msgspec.json.encode(answers.error(500, "the script asked for an error"))
    wrong = {
        "error": _event(error, script),
        "malformed": _event(b'{"choices":[{"delta":{"content":"bro', script),
    }
    written = ((_event(text, script), tokens) for text, tokens in answers.chunks(ask, script))
    if not (yield from event_steps(written, wrong, script)):
        return
    if not script.nodone:
        yield Step("write", _event(b"[DONE]", script))
    yield Step("hang" if script.linger else "end")


def event_steps(
    written: Iterable[tuple[bytes, int]], wrong: Mapping[str, bytes], script: Script
) -> Generator[Step, None, bool]:
    """Give a stream's events with their tokens, and the script's faults between them; tells if it goes on.

    wrong: the bytes of an `error` event, and of one that is `malformed`.
    """
    faults: list[tuple[int, Fault]] = sorted(
        (at, kind) for kind in _FAULTS if (at := getattr(script, kind)) is not None
    )
    sent = 0
    for number, (data, tokens) in enumerate(written):
        while faults and number and sent >= faults[0][0]:
            kind = faults.pop(0)[1]
            if kind in wrong:
                yield Step("write", wrong[kind])
            if kind == "error":
                yield Step("end")
            elif kind != "malformed":
                yield Step(kind)
            if kind in _FINAL:
                return False
        if script.gap and tokens and sent:
            yield Step("wait", seconds=script.gap)
        sent += tokens
        yield Step("write", data, tokens)
    return True


def find_end(script: Script) -> Literal["reset", "drop", "half"] | None:
    """Return how the connection of a whole answer breaks in its middle, where it does."""
    ends: tuple[Literal["reset", "drop", "half"], ...] = ("reset", "drop", "half")
    return next((end for end in ends if getattr(script, end) is not None), None)


_FAULTS: tuple[Fault, ...] = ("stall", "malformed", "error", "reset", "drop", "half")
_FINAL = {"error", "reset", "drop", "half"}


def _event(data: bytes, script: Script) -> bytes:
    text = (b": still here\n\n" if script.comments else b"") + b"data: " + data + b"\n\n"
    return text.replace(b"\n", b"\r\n") if script.crlf else text


def _cut_steps(steps: Iterator[Step], size: int | None) -> Iterator[Step]:
    """Cut what is written into pieces of `size` bytes; before any other step all that is held goes out."""
    if size is None:
        yield from steps
        return
    held = b""
    for step in steps:
        if step.kind != "write":
            if held:
                yield Step("write", held)
            held = b""
            yield step
            continue
        held += step.data
        while len(held) >= size:
            yield Step("write", held[:size])
            held = held[size:]
        yield Step("write", tokens=step.tokens)
