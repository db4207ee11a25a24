"""Greedy answers, many at once, for evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from fen.training.door import load_library
from fen.training.texts import Turn, encode_prompt, find_ends
from fen.wire.errors import ConfigError


class Question(msgspec.Struct, frozen=True):
    """A prompt to answer. set: which part of an evaluation it belongs to."""

    id: str
    set: str
    messages: tuple[Turn, ...]
    max_tokens: int = 48


class Written(msgspec.Struct, frozen=True):
    """A model's answer. tokens: how many it has; ended: whether the model stopped by itself."""

    id: str
    text: str
    tokens: int
    ended: bool


def answer_questions(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Question],
    *,
    tokens_at_once: int,
    tell: Callable[[int], None] = lambda _done: None,
) -> list[Written]:
    """Return greedy answers in the questions' order.

    tokens_at_once: at most so many tokens of prompts and answers are in memory, padding included. Prompts are
    padded on the left; those of one length and limit go together. tell: gets how many answers there are after
    each batch. Raises ConfigError of a prompt that leaves no room in the model's window.
    """
    encoded = [encode_prompt(tokenizer, question.messages) for question in questions]
    window = int(model.config.max_position_embeddings)
    for question, prompt in zip(questions, encoded, strict=True):
        if len(prompt) + question.max_tokens > window:
            raise ConfigError(
                f"{question.id}: found {len(prompt)} tokens and {question.max_tokens} to write, "
                f"expected at most {window} together"
            )
    written: dict[int, Written] = {}
    for batch in make_batches(questions, encoded, tokens_at_once):
        limit = questions[batch[0]].max_tokens
        for index, found in zip(
            batch, _write(model, tokenizer, [encoded[index] for index in batch], limit), strict=True
        ):
            text, tokens, ended = found
            written[index] = Written(questions[index].id, text, tokens, ended)
        tell(len(written))
    return [written[index] for index in range(len(questions))]


def make_batches(
    questions: Sequence[Question], encoded: Sequence[Sequence[int]], tokens_at_once: int
) -> Iterator[list[int]]:
    """Yield the places of questions that are answered together: of one limit, the longest first."""

    def size(index: int) -> int:
        return len(encoded[index]) + questions[index].max_tokens

    order = sorted(range(len(questions)), key=lambda index: (questions[index].max_tokens, -size(index)))
    batch: list[int] = []
    for index in order:
        full = batch and size(batch[0]) * (len(batch) + 1) > tokens_at_once
        if full or (batch and questions[batch[0]].max_tokens != questions[index].max_tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _write(
    model: Any, tokenizer: Any, prompts: Sequence[list[int]], limit: int
) -> Iterator[tuple[str, int, bool]]:
    torch, transformers = load_library("torch"), load_library("transformers")
    ends, longest = find_ends(tokenizer), max(map(len, prompts))
    pads = [longest - len(prompt) for prompt in prompts]
    ids = torch.tensor([[ends[0]] * pad + prompt for pad, prompt in zip(pads, prompts, strict=True)])
    seen = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in pads])
    config = transformers.GenerationConfig(
        max_new_tokens=limit, do_sample=False, eos_token_id=ends, pad_token_id=ends[0]
    )
    with torch.inference_mode():
        found = model.generate(
            input_ids=ids.to(model.device), attention_mask=seen.to(model.device), generation_config=config
        )
    for row in found[:, longest:].tolist():
        stop = next((place for place, token in enumerate(row) if token in ends), None)
        kept = row[:stop]
        yield tokenizer.decode(kept, skip_special_tokens=True), len(kept), stop is not None
