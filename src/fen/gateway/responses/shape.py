"""The response object and its items, as the Responses format has them.

Source: OpenAI API reference, "Responses", "The response object".
"""

from __future__ import annotations

from fen.gateway.responses.thoughts import seal
from fen.gateway.translation.members import Json
from fen.wire.usage import Usage

_SHORT = {"length": "max_output_tokens", "content_filter": "content_filter"}


class Names:
    """The ids of one response and its items, all made from the request's id."""

    def __init__(self, request_id: str) -> None:
        self._stem = request_id.removeprefix("req_")

    @property
    def response(self) -> str:
        """The response's id."""
        return f"resp_{self._stem}"

    def item(self, prefix: str, index: int) -> str:
        """Return an item's id: `prefix` is that of its kind, `index` its place in the output."""
        return f"{prefix}_{self._stem}_{index}"


def response(head: Json, echo: Json, output: list[Json]) -> Json:
    """Return a response that is under way; `head` has its id, created_at and model."""
    return (
        {"object": "response", "status": "in_progress", "error": None, "incomplete_details": None}
        | head
        | echo
        | {"output": output, "previous_response_id": None, "store": False, "background": False, "usage": None}
    )


def end(finish: str | None) -> Json:
    """Return what a response says of its end, for a finish_reason."""
    reason = _SHORT.get(finish or "")
    if reason is None:
        return {"status": "completed"}
    return {"status": "incomplete", "incomplete_details": {"reason": reason}}


def is_short(finish: str | None) -> bool:
    """Whether a finish_reason says that the answer was broken off."""
    return finish in _SHORT


def usage(figures: Usage) -> Json:
    """Return a usage object, whose totals contain their parts."""
    return {
        "input_tokens": figures.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": figures.cached_input,
            "cache_write_tokens": figures.cache_write,
        },
        "output_tokens": figures.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": figures.reasoning},
        "total_tokens": figures.total_tokens,
    }


def reasoning(item_id: str, text: str, thinking: list[Json], status: str = "completed") -> Json:
    """Return a reasoning item; `thinking` is what Anthropic's models want back."""
    made: Json = {"id": item_id, "type": "reasoning", "status": status, "summary": []}
    made["content"] = [reasoning_part(text)] if text else []
    made["encrypted_content"] = seal(thinking)
    return made


def message(item_id: str, parts: list[Json], status: str = "completed") -> Json:
    """Return a message of the assistant."""
    return {"id": item_id, "type": "message", "status": status, "role": "assistant", "content": parts}


def call(item_id: str, call_id: str, name: str, arguments: str, status: str = "completed") -> Json:
    """Return a call of a function."""
    made: Json = {"id": item_id, "type": "function_call", "status": status}
    return made | {"call_id": call_id, "name": name, "arguments": arguments}


def text_part(text: str, logprobs: list[Json]) -> Json:
    """Return a part of text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs}


def refusal_part(text: str) -> Json:
    """Return a part that refuses."""
    return {"type": "refusal", "refusal": text}


def reasoning_part(text: str) -> Json:
    """Return a part of reasoning."""
    return {"type": "reasoning_text", "text": text}
