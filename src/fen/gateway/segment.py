"""The request for an answer's next segment, and how vendors take it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.structs import replace

from fen.gateway.overlap import choose_anchor
from fen.wire.request import ChatRequest, Request, parse_request

ANCHOR_LENGTH = 96
"""Characters of the answer's end that a continuation turn asks to repeat."""

TURN_BEFORE = (
    "Your answer was cut off by a length limit. Continue it exactly where it stopped. Begin by repeating the "
    "last characters of it, which stand below between <<< and >>>, without these marks, and go straight on "
    "from there. No introduction, no comment, no new code fence, and do not start again.\n<<<"
)
TURN_AFTER = ">>>"


class ContinuationStyle(msgspec.Struct, frozen=True):
    """How an upstream is asked to go on.

    prefill: the assistant's text is the last message and is continued; otherwise a user's turn asks for it.
    message, request: members that the vendor wants on that message, and on the request.
    trims: the text is sent without the white space at its end, which the vendor refuses or its template cuts.
    echoes: the reply may begin with the whole text.
    """

    prefill: bool = False
    message: Mapping[str, Any] = MappingProxyType({})
    request: Mapping[str, Any] = MappingProxyType({})
    trims: bool = False
    echoes: bool = False


TURN = ContinuationStyle()
"""For every vendor that speaks OpenAI's format."""

STYLES: Mapping[str, ContinuationStyle] = MappingProxyType(
    {
        "turn": TURN,
        # llama.cpp's server continues a last message of the assistant's unless started with
        # --no-prefill-assistant; it refuses that for templates with thinking enabled. The text
        # goes behind the template as it is. https://github.com/ggml-org/llama.cpp/tree/master/tools/server
        "trailing": ContinuationStyle(prefill=True),
        # vLLM https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (extra parameters of the
        # chat API: not together with add_generation_prompt, which is on by default), SGLang
        # https://github.com/sgl-project/sglang/blob/main/examples/runtime/openai_chat_with_response_prefill.py.
        # transformers' apply_chat_template cuts the white space at the end where the template trims messages.
        "continue_final_message": ContinuationStyle(
            prefill=True,
            request=MappingProxyType({"continue_final_message": True, "add_generation_prompt": False}),
            trims=True,
        ),
        # DeepSeek https://api-docs.deepseek.com/guides/chat_prefix_completion, under the address
        # https://api.deepseek.com/beta only.
        "prefix": ContinuationStyle(prefill=True, message=MappingProxyType({"prefix": True})),
        # Mistral https://docs.mistral.ai/capabilities/completion/: the prefix makes "the model start its
        # answer by the content of the message", so the answer may have it again.
        "prefix_echoed": ContinuationStyle(
            prefill=True, message=MappingProxyType({"prefix": True}), echoes=True
        ),
        # Moonshot https://platform.kimi.ai/docs/guide/use-partial-mode-feature-of-kimi-api, DashScope
        # https://www.alibabacloud.com/help/en/model-studio/partial-mode (not while a model thinks).
        "partial": ContinuationStyle(prefill=True, message=MappingProxyType({"partial": True})),
    }
)


def can_continue(request: Request) -> bool:
    """Whether an answer to this request can be put together from segments.

    Not where several were asked for, nor audio; nor log probabilities, whose tokens do not end where a seam
    cuts the text.
    """
    view = request.view
    if not isinstance(view, ChatRequest) or view.choices != 1 or view.logprobs or view.top_logprobs:
        return False
    return view.audio is None and "audio" not in (view.modalities or ())


def wants_json(request: Request) -> bool:
    """Whether the answer has to be one JSON document."""
    view = request.view
    wanted = view.response_format if isinstance(view, ChatRequest) else None
    return wanted is not None and wanted.type in ("json_object", "json_schema")


def stops(request: Request) -> tuple[str, ...]:
    """Return the request's stop sequences."""
    stop = getattr(request.view, "stop", None)
    return (stop,) if isinstance(stop, str) else tuple(stop or ())


def limit_output(request: Request, limit: int) -> Request:
    """Return the request with that output limit, under the name that the client used."""
    return _renew(request, _limit(request, limit))


def next_request(request: Request, text: str, limit: int, style: ContinuationStyle) -> Request:
    """Return the request for the segment that follows the text, of at most `limit` tokens.

    `response_format` is left out: a grammar would make the model begin the document again, and what comes is
    held against JSON's own grammar at the seam.
    """
    said = text.rstrip() if style.trims else text
    messages = _messages(request)
    if said:
        messages = _say(messages, said, style.message if style.prefill else {})
    if not style.prefill:
        turn = TURN_BEFORE + choose_anchor(text, ANCHOR_LENGTH) + TURN_AFTER
        messages = [*messages, msgspec.Raw(msgspec.json.encode({"role": "user", "content": turn}))]
    members = {"messages": messages, "response_format": None, **_limit(request, limit)}
    return _renew(request, members | (dict(style.request) if said else {}))


def _say(messages: list[msgspec.Raw], text: str, quirks: Mapping[str, Any]) -> list[msgspec.Raw]:
    """Add the assistant's text; a message of the assistant's that the client put last is gone on with."""
    last: dict[str, Any] = msgspec.json.decode(messages[-1])
    if last.get("role") != "assistant" or last.get("tool_calls"):
        message = {"role": "assistant", "content": text, **quirks}
        return [*messages, msgspec.Raw(msgspec.json.encode(message))]
    content = last.get("content") or ""
    if isinstance(content, str):
        content += text
    else:
        content = [*content, {"type": "text", "text": text}]
    return [*messages[:-1], msgspec.Raw(msgspec.json.encode(last | {"content": content} | dict(quirks)))]


def _limit(request: Request, limit: int) -> dict[str, Any]:
    view = request.view
    named = isinstance(view, ChatRequest) and view.max_completion_tokens is not None
    return {"max_completion_tokens": limit, "max_tokens": None} if named else {"max_tokens": limit}


def _messages(request: Request) -> list[msgspec.Raw]:
    edited = request.edits.get("messages")
    if edited is not None:
        return msgspec.json.decode(edited, type=list[msgspec.Raw])
    return _decode_messages(request.body).messages


def _renew(request: Request, members: dict[str, Any]) -> Request:
    # The view has to tell the new limit too: an upstream's dialect may send it under another name.
    return parse_request(request.format, replace(request.edit(members)).to_bytes())


class _Messages(msgspec.Struct):
    messages: list[msgspec.Raw]


_decode_messages = msgspec.json.Decoder(_Messages).decode
