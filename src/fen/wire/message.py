"""Messages and their parts, as OpenAI's chat completions have them.

These are views for reading: what is forwarded is the client's own JSON text, so members that are not
declared here reach the upstream all the same (see fen.wire.request).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class ImageURL(msgspec.Struct, frozen=True):
    """An image by URL or as a `data:` URL."""

    url: str
    detail: str | None = None


class InputAudio(msgspec.Struct, frozen=True):
    """Audio as base64."""

    data: str
    format: str


class FileRef(msgspec.Struct, frozen=True):
    """A file as base64 or by id."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class TextPart(msgspec.Struct, frozen=True, tag="text", tag_field="type"):
    """Text."""

    text: str


class RefusalPart(msgspec.Struct, frozen=True, tag="refusal", tag_field="type"):
    """A refusal in an assistant's turn."""

    refusal: str


class ImagePart(msgspec.Struct, frozen=True, tag="image_url", tag_field="type"):
    """An image."""

    image_url: ImageURL


class AudioPart(msgspec.Struct, frozen=True, tag="input_audio", tag_field="type"):
    """Audio."""

    input_audio: InputAudio


class FilePart(msgspec.Struct, frozen=True, tag="file", tag_field="type"):
    """A file."""

    file: FileRef


Part = TextPart | RefusalPart | ImagePart | AudioPart | FilePart


class FunctionCall(msgspec.Struct, frozen=True):
    """A function's name and its arguments as JSON text."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, frozen=True):
    """A call of a tool in an assistant's turn."""

    id: str | None = None
    type: str | None = None
    function: FunctionCall | None = None
    index: int | None = None


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation."""

    role: Role
    content: str | list[Part] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None


def texts(message: Message) -> list[str]:
    """Return every text of a message, in order."""
    if message.content is None:
        return []
    if isinstance(message.content, str):
        return [message.content]
    return [part.text for part in message.content if isinstance(part, TextPart)]
