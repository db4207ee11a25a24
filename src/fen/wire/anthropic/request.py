"""The body of `POST /v1/messages`, as a view beside its bytes.

A block's kind is plain text and its members are optional: Anthropic adds kinds of blocks and tools without a
new version, and a client's block that Fen has never seen reaches the upstream in its own JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import msgspec

from fen.wire.wishes import Wishes

Json = dict[str, Any]
Tokens = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


def _no_input() -> msgspec.Raw:  # no plain default: msgspec writes no schema of one
    return msgspec.Raw(b"null")


class CacheControl(msgspec.Struct, frozen=True):
    """Where the prompt cache may cut; `ttl` is `5m` or `1h`."""

    type: str
    ttl: str | None = None


class Source(msgspec.Struct, frozen=True):
    """Where an image or a document comes from.

    type: `base64`, `url`, `file` (an id), `text` or `content` (blocks). data: base64, or text.
    """

    type: str
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    content: str | list[Block] | None = None


class Block(msgspec.Struct, frozen=True):
    """One block of a turn.

    type: `text`, `image`, `document`, `tool_use`, `tool_result`, `thinking`, `redacted_thinking`, or one that
    is not known here. content: a tool result's text or blocks; server tools' results may be an object.
    """

    type: str
    text: str | None = None
    source: Source | str | None = None
    title: str | None = None
    context: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.field(default_factory=_no_input)
    tool_use_id: str | None = None
    content: str | list[Block] | Json | None = None
    is_error: bool | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    cache_control: CacheControl | None = None


class Turn(msgspec.Struct, frozen=True):
    """One turn of a conversation; newer models take `system` turns after the first user's."""

    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class MessagesTool(msgspec.Struct, frozen=True):
    """A tool: the client's own (no type, or `custom`), or one that Anthropic runs."""

    name: str | None = None
    type: str | None = None
    description: str | None = None
    input_schema: Json | None = None
    strict: bool | None = None
    cache_control: CacheControl | None = None


class ToolChoice(msgspec.Struct, frozen=True):
    """`auto`, `any`, `none`, or `tool` with its name."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Metadata(msgspec.Struct, frozen=True):
    """An opaque id of the user on whose behalf the call is made."""

    user_id: str | None = None


class Thinking(msgspec.Struct, frozen=True):
    """`enabled` with a budget of tokens, `adaptive`, `between_tools` or `disabled`."""

    type: str
    budget_tokens: int | None = None
    display: str | None = None


class OutputConfig(msgspec.Struct, frozen=True):
    """How much effort the answer is worth, and a JSON schema for it."""

    effort: str | None = None
    format: Json | None = None


class CountRequest(msgspec.Struct, frozen=True):
    """The body of `POST /v1/messages/count_tokens`: what the model reads, and nothing of its answer."""

    model: str
    messages: Annotated[list[Turn], msgspec.Meta(min_length=1)]
    system: str | list[Block] | None = None
    tools: list[MessagesTool] | None = None
    tool_choice: ToolChoice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    fen: Wishes | None = None

    @property
    def output_limit(self) -> int | None:
        """None: nothing is answered."""
        return None

    @property
    def choices(self) -> int:
        """How many answers may be asked for."""
        return 1


class MessagesRequest(CountRequest, frozen=True, kw_only=True):
    """The body of `POST /v1/messages`; `max_tokens` 0 only fills the prompt cache."""

    max_tokens: Tokens
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None
    metadata: Metadata | None = None
    stream: bool | None = None
    service_tier: str | None = None

    @property
    def output_limit(self) -> int | None:
        """The tokens that the client allows for the answer."""
        return self.max_tokens


def walk_blocks(request: CountRequest) -> Iterator[Block]:
    """Yield every block of a request at any depth; text that stands alone comes as a block of it."""
    yield from _walk(request.system)
    for turn in request.messages:
        yield from _walk(turn.content)


def _walk(content: str | Iterable[Block] | Json | None) -> Iterator[Block]:
    if isinstance(content, str):
        yield Block("text", text=content)
    elif isinstance(content, list):
        for block in content:
            yield block
            yield from _walk(block.content)
            if isinstance(block.source, Source):
                yield from _walk(block.source.content)
