"""Conversations as token ids by the model's own chat template, with a mask that is exact to the token.

A prompt is encoded up to where the answer begins, and the answer apart from it, as it is when the model
writes: so a token never spans both, and what is trained is what is sampled. The loss is on the answer and on
the token that ends it, where it was not cut, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from fen.wire.errors import ConfigError

IGNORED = -100
"""The label of a token that takes no part in the loss, as PyTorch's cross entropy has it."""

_ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "</s>")


class Turn(msgspec.Struct, frozen=True):
    """One message: who speaks, and plain text."""

    role: str
    content: str


class Example(msgspec.Struct, frozen=True, omit_defaults=True):
    """A conversation and the answer that it should get.

    family: which recipe made it; empty for replay. cut: whether a limit ended the answer, so that the model
    is not to learn to end there.
    """

    id: str
    messages: tuple[Turn, ...]
    answer: str
    family: str = ""
    cut: bool = False


class Pair(msgspec.Struct, frozen=True):
    """A conversation with the answer that is preferred, and the one that is not."""

    id: str
    messages: tuple[Turn, ...]
    chosen: str
    rejected: str
    family: str = ""


class Encoded(msgspec.Struct, frozen=True):
    """Token ids, and for each its label: itself where it is trained, IGNORED elsewhere."""

    input_ids: list[int]
    labels: list[int]

    @property
    def trained(self) -> int:
        """How many tokens the loss is on."""
        return sum(label != IGNORED for label in self.labels)


def render_prompt(tokenizer: Any, messages: Sequence[Turn]) -> str:
    """Return the template's text up to where the answer begins.

    Raises ConfigError of a conversation without messages, and of one whose text holds a special token.
    """
    if not messages:
        raise ConfigError("found a conversation without messages, expected at least one")
    for turn in messages:
        refuse_special(tokenizer, turn.content)
    described = [{"role": turn.role, "content": turn.content} for turn in messages]
    return str(tokenizer.apply_chat_template(described, tokenize=False, add_generation_prompt=True))


def refuse_special(tokenizer: Any, text: str) -> None:
    """Raise ConfigError where a text holds a special token: encoded, it would be the template's own."""
    for token in tokenizer.all_special_tokens:
        if token in text:
            raise ConfigError(f"found {token} in a message, expected text without the template's tokens")


def encode_prompt(tokenizer: Any, messages: Sequence[Turn]) -> list[int]:
    """Return the ids of a prompt, up to where the answer begins."""
    return _encode(tokenizer, render_prompt(tokenizer, messages))


def encode_example(tokenizer: Any, example: Example) -> Encoded:
    """Return an example's ids and labels: its answer and the end's token, where it has one, are trained.

    Raises ConfigError where the answer is empty, or holds a special token.
    """
    if not example.answer:
        raise ConfigError(f"{example.id}: found an empty answer, expected text")
    refuse_special(tokenizer, example.answer)
    prompt = encode_prompt(tokenizer, example.messages)
    end = [] if example.cut else [int(tokenizer.eos_token_id)]
    answer = [*_encode(tokenizer, example.answer), *end]
    return Encoded([*prompt, *answer], [*[IGNORED] * len(prompt), *answer])


def encode_examples(tokenizer: Any, examples: Iterable[Example], max_tokens: int) -> list[Encoded]:
    """Return all examples' ids and labels, in order.

    Raises ConfigError where there is none, or where one is longer than max_tokens.
    """
    encoded: list[Encoded] = []
    for example in examples:
        found = encode_example(tokenizer, example)
        if len(found.input_ids) > max_tokens:
            raise ConfigError(
                f"{example.id}: found {len(found.input_ids)} tokens, expected max_tokens={max_tokens} at most"
            )
        encoded.append(found)
    if not encoded:
        raise ConfigError("found no examples, expected at least one")
    return encoded


def find_ends(tokenizer: Any) -> list[int]:
    """Return the ids that end an answer: the tokenizer's own, and the usual ones that its vocabulary has.

    llama.cpp stops at these too, whatever the model's file says.
    """
    known = tokenizer.get_vocab()
    return sorted({int(tokenizer.eos_token_id), *(int(known[token]) for token in _ENDS if token in known)})


def _encode(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
