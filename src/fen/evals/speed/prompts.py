"""Requests to measure with: each another, so that no cache answers them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from fen.evals.ruler.text import bury
from fen.evals.sample import Body

_FRAME = (
    "Note {number}.\n{text}\n\nGo on with these notes in the same manner. Write at least {words} words, and "
    "nothing else."
)


def make_bodies(seed: str, input_tokens: int, output_tokens: int) -> Iterator[Body]:
    """Yield requests without end, of about so many tokens, for answers of at most so many.

    Each begins with a number of its own: upstreams that keep a prompt's beginning find none again.
    """
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    while True:
        text = _FRAME.format(
            number=chance.getrandbits(64), text=bury(chance, "en", input_tokens, []), words=output_tokens
        )
        yield {"messages": [{"role": "user", "content": text}], "max_tokens": output_tokens}
