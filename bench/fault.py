"""Whether an answer that came through a gateway is the mock's: its text and its tokens."""

import msgspec

from bench import mock_answer


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int


class _Text(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Text = _Text()
    delta: _Text = _Text()


class _Answer(msgspec.Struct, frozen=True):
    choices: list[_Choice]
    usage: _Usage | None = None


def whole_fault(body: bytes) -> str | None:
    """Why a whole answer is not the mock's, or None when it is."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.DecodeError as error:
        return f"not a chat completion ({error}): {body[:300]!r}"
    text = "".join(choice.message.content or "" for choice in answer.choices)
    return _difference(text, mock_answer.TEXT, answer.usage, mock_answer.COMPLETION_TOKENS)


def stream_fault(body: bytes, shape: mock_answer.Shape) -> str | None:
    """Why a stream is not the mock's, or None when it is."""
    data = [line[6:] for line in body.splitlines() if line.startswith(b"data: ")]
    if data[-1:] != [b"[DONE]"]:
        return f"expected [DONE] at the end, found {body[-200:]!r}"
    try:
        answers = [msgspec.json.decode(item, type=_Answer) for item in data[:-1]]
    except msgspec.DecodeError as error:
        return f"not a chat completion chunk ({error})"
    text = "".join(choice.delta.content or "" for answer in answers for choice in answer.choices)
    usages = [answer.usage for answer in answers if answer.usage is not None]
    return _difference(text, shape.text, usages[-1] if usages else None, shape.chunks)


def _difference(text: str, expected: str, usage: _Usage | None, output_tokens: int) -> str | None:
    if text != expected:
        return f"expected the text {expected[:80]!r}, found {text[:80]!r}"
    tokens = None if usage is None else (usage.prompt_tokens, usage.completion_tokens)
    if tokens != (mock_answer.PROMPT_TOKENS, output_tokens):
        return f"expected {(mock_answer.PROMPT_TOKENS, output_tokens)} tokens, found {tokens}"
    return None
