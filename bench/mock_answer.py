"""What the mock upstreams answer, as bytes: one whole chat completion, and streams of any length."""

import msgspec

TEXT = "Measured answers are better than guessed ones."
PROMPT_TOKENS = 12
COMPLETION_TOKENS = 9
MODEL = "gpt-4o-mini"
CREATED = 1_764_000_000
FRAMING_EVENTS = 4
"""Events of a stream beside its text: the role, the finish reason, the usage, and `[DONE]`."""


class Shape(msgspec.Struct, frozen=True):
    """A stream: how many chunks of text, and milliseconds from one event to the next."""

    chunks: int
    interval_ms: int

    @property
    def path(self) -> str:
        """Where the streaming mock serves this shape; the base URL of its OpenAI-like address."""
        return f"/{self.chunks}x{self.interval_ms}ms/v1"

    @property
    def events(self) -> int:
        """All events, with those that carry no text."""
        return self.chunks + FRAMING_EVENTS

    @property
    def text(self) -> str:
        """What the chunks say together."""
        return "".join(word(index) for index in range(self.chunks))


def parse_shape(path: str) -> Shape:
    """The shape that a request's path names, as in `/100x20ms/v1/chat/completions`; raises ValueError."""
    chunks, _, rest = path.removeprefix("/").partition("x")
    interval, unit, _ = rest.partition("ms/")
    if not (chunks.isdigit() and interval.isdigit() and unit):
        raise ValueError(f"expected a path such as /100x20ms/v1/chat/completions, found {path!r}")
    return Shape(int(chunks), int(interval))


def word(index: int) -> str:
    return f" word{index}"


def usage(completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": completion_tokens,
        "total_tokens": PROMPT_TOKENS + completion_tokens,
    }


def whole_answer() -> bytes:
    """An OpenAI chat completion with usage, as JSON."""
    message = {"role": "assistant", "content": TEXT, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return msgspec.json.encode(
        {
            "id": "chatcmpl-bench",
            "object": "chat.completion",
            "created": CREATED,
            "model": MODEL,
            "choices": [choice],
            "usage": usage(COMPLETION_TOKENS),
            "system_fingerprint": "fp_bench",
        }
    )


def stream_events(shape: Shape) -> list[bytes]:
    """The server-sent events of one stream, in order, the last of them `[DONE]`."""
    texts = [_chunk({"content": word(index)}) for index in range(shape.chunks)]
    return [
        _chunk({"role": "assistant", "content": ""}),
        *texts,
        _chunk({}, "stop"),
        _event({**_head(), "choices": [], "usage": usage(shape.chunks)}),
        b"data: [DONE]\n\n",
    ]


def _head() -> dict[str, object]:
    return {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": CREATED, "model": MODEL}


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_head(), "system_fingerprint": "fp_bench", "choices": [choice]})


def _event(value: dict[str, object]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
