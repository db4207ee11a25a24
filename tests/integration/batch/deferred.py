"""Input files of batches, and waiting for what comes of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any

from openai import AsyncOpenAI
from openai.types import Batch

MODEL = "fake/gpt-4o-mini"
CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
ENDED = ("completed", "failed", "expired", "cancelled")


def ask(custom_id: str, text: str, **members: Any) -> dict[str, Any]:
    """A line that asks a model."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": text}], **members}
    return {"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body}


def embed(custom_id: str, text: str) -> dict[str, Any]:
    """A line that embeds a text."""
    body = {"model": MODEL, "input": text}
    return {"custom_id": custom_id, "method": "POST", "url": EMBEDDINGS, "body": body}


def jsonl(lines: Collection[Mapping[str, Any]]) -> bytes:
    """The lines as a file."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


async def submit(
    client: AsyncOpenAI, lines: Collection[Mapping[str, Any]], endpoint: Any = CHAT, **more: Any
) -> Batch:
    """Upload lines and make a batch of them."""
    file = await client.files.create(file=("lines.jsonl", jsonl(lines)), purpose="batch")
    return await client.batches.create(
        input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more
    )


async def wait_for(client: AsyncOpenAI, batch_id: str, *states: str, within: float = 30.0) -> Batch:
    """Wait until a batch is in one of some states, or has ended, and return it."""
    async with asyncio.timeout(within):
        while (batch := await client.batches.retrieve(batch_id)).status not in (*states, *ENDED):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
    return batch


async def read_lines(client: AsyncOpenAI, file_id: str | None) -> list[dict[str, Any]]:
    """The lines of an output or error file."""
    assert file_id is not None
    content = await client.files.content(file_id)
    return [json.loads(line) for line in content.text.splitlines()]
