"""Strategies: requests of both wire formats with texts of every kind of part."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from fen.wire.request import Request, parse_request

Json = dict[str, Any]

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
names = st.sampled_from(["get_weather", "read_page", "search"])


def text_parts() -> st.SearchStrategy[Json]:
    return texts.map(lambda text: {"type": "text", "text": text})


@st.composite
def chat_messages(draw: st.DrawFn) -> list[Json]:
    messages: list[Json] = []
    if draw(st.booleans()):
        messages.append({"role": "system", "content": draw(texts)})
    for turn in range(draw(st.integers(1, 3))):
        messages.append(
            {"role": "user", "content": draw(texts | st.lists(text_parts(), min_size=1, max_size=3))}
        )
        if draw(st.booleans()):
            call = {
                "id": f"c{turn}",
                "type": "function",
                "function": {"name": draw(names), "arguments": "{}"},
            }
            messages.append({"role": "assistant", "content": draw(texts), "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": f"c{turn}", "content": draw(texts)})
        if draw(st.booleans()):
            messages.append({"role": "assistant", "content": draw(texts)})
    return messages


@st.composite
def turns(draw: st.DrawFn, *, documents: bool) -> list[Json]:
    made: list[Json] = []
    for turn in range(draw(st.integers(1, 3))):
        blocks: list[Json] = draw(st.lists(text_parts(), min_size=1, max_size=2))
        if documents and draw(st.booleans()):
            source = {"type": "text", "media_type": "text/plain", "data": draw(texts)}
            blocks.append({"type": "document", "source": source})
        made.append({"role": "user", "content": draw(texts) if draw(st.booleans()) else blocks})
        if draw(st.booleans()):
            use = {"type": "tool_use", "id": f"c{turn}", "name": draw(names), "input": {}}
            made.append({"role": "assistant", "content": [{"type": "text", "text": draw(texts)}, use]})
            content = draw(texts | st.lists(text_parts(), min_size=1, max_size=2))
            result = {"type": "tool_result", "tool_use_id": f"c{turn}", "content": content}
            made.append({"role": "user", "content": [result]})
        elif draw(st.booleans()):
            made.append({"role": "assistant", "content": draw(texts)})
    return made


def encode(tree: Json) -> bytes:
    """JSON as compact as Fen's own, so that bytes can be compared."""
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


@st.composite
def chats(draw: st.DrawFn) -> Request:
    return parse_request("openai.chat", encode({"model": "m", "messages": draw(chat_messages())}))


@st.composite
def conversations(draw: st.DrawFn, *, documents: bool = True) -> Request:
    tree: Json = {"model": "m", "max_tokens": 9, "messages": draw(turns(documents=documents))}
    if draw(st.booleans()):
        tree["system"] = draw(texts | st.lists(text_parts(), min_size=1, max_size=2))
    return parse_request("anthropic.messages", encode(tree))


requests = chats() | conversations()
