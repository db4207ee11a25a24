"""`fen ask`: one question, one answer."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from fen.app import EMBEDDED, Question, Settings, load_settings, open_asker
from fen.cli.answers import Answer, note_cost, read_answer
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.wire.money import plain


@click.command()
@click.argument("prompt", required=False)
@click.option("-m", "--model", default=EMBEDDED, show_default=True, help="Which model.")
@click.option("--system", help="A system prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="The most tokens that the answer may have.")
@config
@as_json
def ask(
    prompt: str | None,
    model: str,
    system: str | None,
    max_tokens: int | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Ask a model and print its answer as it comes.

    PROMPT may be -, or left out, to read standard input. With FEN_URL set, the Fen there answers
    (FEN_API_KEY is its key); otherwise this process does, over the same books as `fen serve`.
    """
    text = _read_prompt(prompt)
    messages = [{"role": "system", "content": system}] if system is not None else []
    messages.append({"role": "user", "content": text})
    question = Question(messages, model, max_tokens)
    answer = asyncio.run(_ask(load_settings(config, os.environ), question, show=not as_json))
    if as_json:
        show_json(_describe(answer))
    else:
        note_cost(answer)


def _read_prompt(prompt: str | None) -> str:
    given = prompt not in (None, "-")
    text = "" if prompt is None and sys.stdin.isatty() else prompt if given else sys.stdin.read()
    if not text or not text.strip():
        raise click.UsageError("found no prompt, expected one, or one on standard input")
    return text


async def _ask(settings: Settings, question: Question, *, show: bool) -> Answer:
    async with open_asker(settings) as asker:
        return await read_answer(asker, question, show=show)


def _describe(answer: Answer) -> dict[str, object]:
    receipt = answer.receipt
    facts: dict[str, object] = {"answer": answer.text, "seconds": round(answer.seconds, 3)}
    if receipt is not None:
        facts |= {
            "request_id": receipt.request_id,
            "model": receipt.model,
            "prompt_tokens": receipt.prompt_tokens,
            "completion_tokens": receipt.completion_tokens,
            "cost": None if receipt.cost is None else plain(receipt.cost.amount),
            "currency": None if receipt.cost is None else receipt.cost.currency,
            "certainty": receipt.certainty,
        }
    return facts
