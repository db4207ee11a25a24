"""Ask the embedded model IFEval's prompts, and keep what it answers.

`python -m tests.integration.evals.ifeval.recording IFEVAL.jsonl ANSWERS.jsonl` goes on where it was ended. It
takes some 20 minutes.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from fen.app.build import App, open_app
from fen.app.settings import load_settings
from fen.wire.request import parse_request

MODEL = "fen/smollm2-135m"
AT_ONCE = 4  # as many as the embedded model answers at once
MAX_TOKENS = 128  # two thirds of the kept answers had 96 to 144, the others 48


async def answer(app: App, prompt: str, max_tokens: int = MAX_TOKENS, **params: Any) -> str:
    """Return the embedded model's answer to one prompt."""
    message = {"role": "user", "content": prompt}
    body = {"model": MODEL, "messages": [message], "max_tokens": max_tokens, "temperature": 0, **params}
    request = parse_request("openai.chat", msgspec.json.encode(body))
    reply = await app.answer(request, "eval", guarded=False)
    return msgspec.json.decode(reply.body)["choices"][0]["message"]["content"] or ""


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file with one on each line; none where there is no file."""
    return (
        []
        if not path.exists()
        else [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
    )


async def record(app: App, rows: Iterable[Mapping[str, Any]], target: Path) -> None:
    """Append the answers that the file does not have yet, one on each line."""
    known = {row["key"] for row in read_rows(target)}
    slots = asyncio.Semaphore(AT_ONCE)

    async def keep(row: Mapping[str, Any]) -> None:
        async with slots:
            text = await answer(app, row["prompt"])
        with target.open("ab") as file:
            file.write(msgspec.json.encode({"key": row["key"], "response": text}) + b"\n")

    async with asyncio.TaskGroup() as group:
        for row in rows:
            if row["key"] not in known:
                group.create_task(keep(row))


async def _main(source: Path, target: Path) -> None:
    with TemporaryDirectory() as home:
        environ = {**os.environ, "FEN_HOME": home, "FEN_OFFLINE": "1"}
        async with open_app(load_settings(None, environ)) as app:
            await record(app, read_rows(source), target)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2])))
