"""A chat completion's messages, as a system prompt and the turns of a Messages request."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.gateway.translation import fates
from fen.gateway.translation.members import Json, Members
from fen.gateway.translation.parts_to_blocks import text_block, write_blocks

Content = str | list[Json]


def write_turns(messages: list[Members]) -> tuple[Content, list[Json]]:
    """Return the system prompt and the turns.

    System messages before all others are the prompt; a later one stays where it is, as Anthropic's newer
    models take it. Results of tools that follow each other become one turn. A last turn of the assistant
    is a prefill to Anthropic: its models go on from there.
    """
    prompts: list[Content] = []
    turns: list[Json] = []
    for message in messages:
        role = message.need("role", str)
        if role in ("system", "developer"):
            content = _read_content(message, ("text",))
            if turns:
                turns.append({"role": "system", "content": content})
            else:
                prompts.append(content)
        elif role == "user":
            turns.append({"role": "user", "content": _read_content(message, ("text", "image_url", "file"))})
        elif role == "assistant":
            turns.append({"role": "assistant", "content": _read_assistant(message)})
        elif role == "tool":
            _add_result(turns, message)
        else:
            raise message.untranslatable("role", role, "system, developer, user, assistant or tool")
        message.close(fates.OPENAI_MESSAGE)
    return _join(prompts), turns


def _join(prompts: list[Content]) -> Content:
    if len(prompts) == 1:
        return prompts[0]
    return [block for prompt in prompts for block in _as_blocks(prompt)]


def _as_blocks(content: Content) -> list[Json]:
    if isinstance(content, str):
        return [text_block(content)] if content else []
    return content


def _read_content(message: Members, kinds: tuple[str, ...]) -> Content:
    value = message.take_any("content")
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise message.wrong("content", value, "text or a list of parts")
    return write_blocks(message, value, kinds)  # pyright: ignore[reportUnknownArgumentType]


def _read_assistant(message: Members) -> Content:
    blocks = _thinking(message)
    value = message.take_any("content")
    if value is not None and not isinstance(value, str):
        if not isinstance(value, list):
            raise message.wrong("content", value, "text or a list of parts")
        text: Content = write_blocks(message, value, ("text", "refusal"))  # pyright: ignore[reportUnknownArgumentType]
    else:
        text = value or ""
    refusal = message.take("refusal", str)
    if refusal:
        text = [*_as_blocks(text), text_block(refusal)]
    calls = [_call(call) for call in message.each("tool_calls")]
    if not blocks and not calls:
        return text
    return [*blocks, *_as_blocks(text), *calls]


def _thinking(message: Members) -> list[Json]:
    """Read the thinking that Fen's answer carried.

    Reasoning without Anthropic's signature is refused: its API takes no other thinking back.
    """
    blocks: list[Json] = []
    said = ""
    for block in message.each("thinking_blocks"):
        kind = block.need("type", str)
        if kind == "redacted_thinking":
            blocks.append({"type": kind, "data": block.need("data", str)})
        elif kind == "thinking":
            thinking = block.need("thinking", str)
            said += thinking
            blocks.append({"type": kind, "thinking": thinking, "signature": block.need("signature", str)})
        else:
            raise block.untranslatable("type", kind, "thinking or redacted_thinking")
        block.close()
    reasoning = message.take("reasoning_content", str)
    if reasoning and reasoning != said:
        raise message.untranslatable(
            "reasoning_content", reasoning, "nothing, or the thinking_blocks that came with it"
        )
    return blocks


def _call(call: Members) -> Json:
    kind = call.take("type", str)
    if kind not in (None, "function"):
        raise call.untranslatable("type", kind, "function")
    function = call.need_inside("function")
    made = {
        "type": "tool_use",
        "id": call.need("id", str),
        "name": function.need("name", str),
        "input": read_arguments(function),
    }
    function.close()
    call.take("index", int)  # the place in the list says the same
    call.close()
    return made


def read_arguments(function: Members) -> Json:
    """Take a called function's arguments, which are the JSON text of an object; no text is an empty one.

    Raises what `function` raises for a malformed member.
    """
    value: Any = function.take_any("arguments")
    tree: Any = value
    if value is None or (isinstance(value, str) and not value.strip()):
        tree = {}
    elif isinstance(value, str):
        try:
            tree = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            tree = None
    if not isinstance(tree, dict):
        raise function.wrong("arguments", value, "the JSON text of an object")
    return tree  # pyright: ignore[reportUnknownVariableType]


def _add_result(turns: list[Json], message: Members) -> None:
    content = _read_content(message, ("text",))
    result = {"type": "tool_result", "tool_use_id": message.need("tool_call_id", str), "content": content}
    last = turns[-1] if turns else None
    # A turn of tool results is known by its first block: the user's own turns begin otherwise.
    if last is not None and last["role"] == "user" and _holds_results(last["content"]):
        last["content"].append(result)
    else:
        turns.append({"role": "user", "content": [result]})


def _holds_results(content: Content) -> bool:
    return bool(content) and not isinstance(content, str) and content[0]["type"] == "tool_result"
