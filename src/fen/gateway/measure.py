"""How large a request is: a bound that is never passed, and an estimate that is usually near."""

from __future__ import annotations

import msgspec

from fen.wire.anthropic import Block, CountRequest, Source, walk_blocks
from fen.wire.message import AudioPart, FilePart, ImagePart, Part, texts
from fen.wire.request import ChatRequest, Request

TEMPLATE_TOKENS = 64
"""Tokens that a chat template may add of itself, such as a default system prompt."""

TOOL_TEMPLATE_TOKENS = 1024
"""Tokens of instructions that a template or a vendor may add of itself where there are tools.

The largest published figure is Claude 3 Opus', 530. Source: Anthropic, "Tool use", section "Pricing".
"""

MEDIA_TOKENS = 50_000
"""Bound for an image or file whose bytes do not bound it.

The largest published figure for one image is GPT-4o mini's: 2,833 + 8 tiles x 5,667 = 48,169 tokens.
Source: OpenAI, "Images and vision", section "Calculating costs".
"""

BYTES_PER_TOKEN = 4
"""The usual ratio of UTF-8 bytes to tokens; for estimates only."""


class Measure(msgspec.Struct, frozen=True):
    """A request's size.

    bound: input tokens that no tokenizer passes: each token stands for at least one byte, and the JSON
    around a message has more bytes than a template has tokens.
    estimate: input tokens that are likely.
    floor: input tokens that any tokenizer reaches: most pre-tokenizers do not join words.
    needs: abilities that the request uses.
    """

    bound: int
    estimate: int
    floor: int
    needs: frozenset[str]


def measure(request: Request) -> Measure:
    """Size a request without a tokenizer."""
    size = len(request.body)
    view = request.view
    if isinstance(view, CountRequest):
        return _measure_messages(size, view)
    if not isinstance(view, ChatRequest):
        return Measure(size, max(1, size // BYTES_PER_TOKEN), 0, frozenset())
    needs: set[str] = set()
    media = media_tokens = 0
    for message in view.messages:
        if isinstance(message.content, list):
            for part in message.content:
                ability, data = _medium(part)
                if ability:
                    needs.add(ability)
                    media += data
                    media_tokens += max(MEDIA_TOKENS, data)
    if view.tools:
        needs.add("tools")
    if view.response_format is not None and view.response_format.type == "json_schema":
        needs.add("json_schema")
    text = size - media
    words = 0 if text < _WORTH_COUNTING else _count_words(view)
    return _make(text, media_tokens, words, frozenset(needs))


_WORTH_COUNTING = 4096
_MEDIA = {"image": "vision", "document": "files"}


def _make(text: int, media_tokens: int, words: int, needs: frozenset[str]) -> Measure:
    tools = TOOL_TEMPLATE_TOKENS if "tools" in needs else 0
    bound = text + media_tokens + TEMPLATE_TOKENS + tools
    return Measure(bound, max(1, text // BYTES_PER_TOKEN), words, needs)


def _measure_messages(size: int, view: CountRequest) -> Measure:
    needs: set[str] = set()
    media = media_tokens = words = 0
    for block in walk_blocks(view):
        if block.text and size >= _WORTH_COUNTING:
            words += len(block.text.split())
        ability = _MEDIA.get(block.type)
        if ability and not _is_text(block):
            needs.add(ability)
            source = block.source
            data = len(source.data or "") if isinstance(source, Source) else 0
            media += data
            media_tokens += max(MEDIA_TOKENS, data)
    if view.tools:
        needs.add("tools")
    if view.output_config is not None and view.output_config.format is not None:
        needs.add("json_schema")
    return _make(size - media, media_tokens, words, frozenset(needs))


def _is_text(block: Block) -> bool:
    """Whether a document stands in the request as text, which any model reads."""
    return isinstance(block.source, Source) and block.source.type in ("text", "content")


def _medium(part: Part) -> tuple[str | None, int]:
    match part:
        case ImagePart():
            url = part.image_url.url
            return "vision", len(url) if url.startswith("data:") else 0
        case AudioPart():
            return "audio", len(part.input_audio.data)
        case FilePart():
            return "files", len(part.file.file_data or "")
        case _:
            return None, 0


def _count_words(view: ChatRequest) -> int:
    return sum(len(text.split()) for message in view.messages for text in texts(message))


def output_tokens(produced: int, events: int) -> int:
    """Estimate the tokens of `produced` bytes that came in `events` chunks (a chunk has at least one)."""
    return max(events, -(-produced // BYTES_PER_TOKEN)) if produced else 0
