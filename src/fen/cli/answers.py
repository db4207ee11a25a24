"""An answer on the terminal, as it comes."""

from __future__ import annotations

import time
from contextlib import aclosing

import click
import msgspec

from fen.app import Asker, Question, Receipt
from fen.cli.output import note


class Answer(msgspec.Struct, frozen=True):
    """A whole answer; receipt is None where none came."""

    text: str
    receipt: Receipt | None
    seconds: float


async def read_answer(asker: Asker, question: Question, *, show: bool) -> Answer:
    """Ask, print the text as it comes where it is to be shown, and return it all."""
    began = time.monotonic()
    texts: list[str] = []
    receipt: Receipt | None = None
    try:
        async with aclosing(asker.ask(question)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Receipt):
                    receipt = piece
                    continue
                texts.append(piece)
                if show:
                    click.echo(piece, nl=False)  # echo flushes
    finally:  # an error's message, or the prompt after Ctrl-C, begins a line
        if show and texts and not texts[-1].endswith("\n"):
            click.echo()
    return Answer("".join(texts), receipt, time.monotonic() - began)


def note_cost(answer: Answer) -> None:
    """Tell a person at a terminal, dimly, which model that was, its tokens, its cost and how long it took."""
    receipt = answer.receipt
    if receipt is None:
        return
    cost = "cost unknown" if receipt.cost is None else str(receipt.cost)
    about = "" if receipt.certainty == "exact" else "about "
    tokens = f"{about}{receipt.prompt_tokens} + {receipt.completion_tokens} tokens"
    note(f"{receipt.model} · {tokens} · {cost} · {answer.seconds:.1f} s")
