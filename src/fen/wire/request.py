"""A request is (wire format, original bytes, typed view, edits).

What goes to an upstream of the same format is the original tree with only the edited members replaced:
members that Fen does not know keep their JSON text at every depth.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from fen.wire.anthropic import CountRequest, MessagesRequest
from fen.wire.errors import InvalidRequest
from fen.wire.message import Message
from fen.wire.wishes import Wishes

WireFormat = Literal["openai.chat", "openai.embeddings", "anthropic.messages"]
Tokens = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Json = dict[str, Any]


class StreamOptions(msgspec.Struct, frozen=True):
    """What the client wants of a stream."""

    include_usage: bool | None = None


class FunctionDefinition(msgspec.Struct, frozen=True):
    """A function that the model may call; `parameters` is a JSON schema."""

    name: str
    description: str | None = None
    parameters: Json | None = None
    strict: bool | None = None


class Tool(msgspec.Struct, frozen=True):
    """A tool that the model may call."""

    type: str
    function: FunctionDefinition | None = None


class ResponseFormat(msgspec.Struct, frozen=True):
    """`text`, `json_object` or `json_schema` with its schema."""

    type: str
    json_schema: Json | None = None


class ChatRequest(msgspec.Struct, frozen=True):
    """The body of `POST /v1/chat/completions`.

    Source: OpenAI API reference, "Create chat completion".
    """

    model: str
    messages: Annotated[list[Message], msgspec.Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=128)] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    frequency_penalty: Annotated[float, msgspec.Meta(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, msgspec.Meta(ge=-2, le=2)] | None = None
    stop: str | list[str] | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    logit_bias: dict[str, float] | None = None
    tools: list[Tool] | None = None
    tool_choice: str | Json | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    modalities: list[str] | None = None
    audio: Json | None = None
    metadata: Json | None = None
    service_tier: str | None = None
    user: str | None = None
    fen: Wishes | None = None

    @property
    def output_limit(self) -> int | None:
        """The tokens that the client allows for each choice; None where it said nothing."""
        return self.max_completion_tokens if self.max_completion_tokens is not None else self.max_tokens

    @property
    def choices(self) -> int:
        """How many answers were asked for."""
        return self.n or 1


class EmbeddingsRequest(msgspec.Struct, frozen=True):
    """The body of `POST /v1/embeddings`; `input` is text, texts, tokens or lists of tokens."""

    model: str
    input: str | list[str | int | list[int]]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Tokens | None = None
    user: str | None = None

    def __post_init__(self) -> None:
        """Refuse a mixture; raises ValueError."""
        if isinstance(self.input, list) and len({type(item) for item in self.input}) > 1:
            raise ValueError("Expected `input` of texts alone, of tokens alone or of lists of tokens alone")


View = ChatRequest | EmbeddingsRequest | MessagesRequest | CountRequest


class Request(msgspec.Struct, frozen=True):
    """A client's request; `edits` replace top-level members by JSON text, None removes one."""

    format: WireFormat
    body: bytes
    view: View
    edits: dict[str, msgspec.Raw | None] = {}

    def edit(self, members: dict[str, Any]) -> Request:
        """Return the request with top-level members replaced (None removes); the original bytes stay."""
        edits = self.edits | {k: None if v is None else msgspec.Raw(_encode(v)) for k, v in members.items()}
        return Request(self.format, self.body, self.view, edits)

    def to_bytes(self) -> bytes:
        """Return the JSON to forward: the original tree with only the edited members replaced."""
        if not self.edits:
            return self.body
        tree = _decode_tree(self.body)
        for name, value in self.edits.items():
            if value is None:
                tree.pop(name, None)
            else:
                tree[name] = value
        return _encode(tree)


_encode = msgspec.json.Encoder().encode
_decode_tree = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decoders: dict[WireFormat, msgspec.json.Decoder[Any]] = {
    "openai.chat": msgspec.json.Decoder(ChatRequest),
    "openai.embeddings": msgspec.json.Decoder(EmbeddingsRequest),
    "anthropic.messages": msgspec.json.Decoder(MessagesRequest),
}
_counts = msgspec.json.Decoder(CountRequest)


def parse_request(wire_format: WireFormat, body: bytes) -> Request:
    """Read a body into a request.

    Raises InvalidRequest, naming the member, what was found and what was expected.
    """
    return _parse(wire_format, body, _decoders[wire_format])


def parse_count(body: bytes) -> Request:
    """Read a body whose tokens are to be counted, as `parse_request` does."""
    return _parse("anthropic.messages", body, _counts)


def _parse(wire_format: WireFormat, body: bytes, decoder: msgspec.json.Decoder[Any]) -> Request:
    try:
        return Request(wire_format, body, decoder.decode(body))
    except msgspec.ValidationError as error:
        raise _explain(error, body) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"found a body that is not JSON ({error}), expected a JSON object") from None


def _explain(error: msgspec.ValidationError, body: bytes) -> InvalidRequest:
    text, _, path = str(error).partition(" - at `")
    path = path.rstrip("`").removeprefix("$").removeprefix(".")
    found = _look_up(body, path)
    return InvalidRequest(f"{path or 'the body'}: {text}{found}", param=path or None, code="invalid_type")


def _look_up(body: bytes, path: str) -> str:
    try:
        node: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""  # the text broke off behind the member that was complained of
    for step in path.replace("[", ".[").split("."):
        if step.startswith("[") and isinstance(node, list) and step[1:-1].isdecimal():
            node = node[int(step[1:-1])]  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(node, dict) and step in node:
            node = node[step]  # pyright: ignore[reportUnknownVariableType]
        elif step:
            return ""
    shown = "null" if node is None else _encode(node).decode()
    return f", found {shown if len(shown) <= 60 else shown[:57] + '...'}"
