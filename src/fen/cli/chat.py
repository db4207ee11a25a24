"""`fen chat`: a conversation, line by line."""

from __future__ import annotations

import asyncio
import os
import readline  # noqa: F401  # pyright: ignore[reportUnusedImport] (gives `input` its line editing)
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import click

from fen.app import EMBEDDED, Asker, Question, load_settings, open_asker
from fen.cli.answers import note_cost, read_answer
from fen.cli.options import config
from fen.wire.errors import ConfigError, FenError


@click.command()
@click.option("-m", "--model", default=EMBEDDED, show_default=True, help="Which model.")
@click.option("--system", help="A system prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="The most tokens that an answer may have.")
@config
def chat(model: str, system: str | None, max_tokens: int | None, config: Path | None) -> None:
    """Talk with a model, line by line.

    It is told all that was said before. Ctrl-C stops an answer; between answers it ends the conversation, as
    Ctrl-D does. FEN_URL and FEN_API_KEY mean what they do for `fen ask`.
    """
    settings = load_settings(config, os.environ)
    said = [{"role": "system", "content": system}] if system is not None else []
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        asker = runner.run(stack.enter_async_context(open_asker(settings)))
        try:
            while (line := _read_line()) is not None:
                turn = [*said, {"role": "user", "content": line}]
                answer = _answer(runner, asker, Question(turn, model, max_tokens))
                if answer is not None:
                    said = [*turn, {"role": "assistant", "content": answer}]
        finally:
            runner.run(stack.aclose())


def _read_line() -> str | None:
    """Return the next line that says something; None at the end."""
    prompt = "> " if sys.stdin.isatty() else ""
    try:
        while not (line := input(prompt).strip()):
            pass
    except (EOFError, KeyboardInterrupt):
        if prompt:
            click.echo()
        return None
    return line


def _answer(runner: asyncio.Runner, asker: Asker, question: Question) -> str | None:
    """Return the answer; None where there was none, and the conversation goes on without the question."""
    try:
        answer = runner.run(read_answer(asker, question, show=True))
    except KeyboardInterrupt:
        click.echo()
        return None
    except ConfigError:
        raise
    except FenError as error:
        click.echo(f"fen: {error.message}", err=True)
        return None
    note_cost(answer)
    return answer.text
