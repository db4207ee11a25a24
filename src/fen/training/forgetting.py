"""Replay against forgetting: the base model's own answers, sampled once, and how likely they still are.

The replay loss is the mean negative log-likelihood of a token of answers that the base model gave greedily to
prompts that no arm is trained on; with its own loss before, it tells how far a trained model has moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fen.training.door import load_library
from fen.training.generate import Question, Written
from fen.training.texts import IGNORED, Encoded, Example, encode_example


def make_replay(questions: Sequence[Question], written: Sequence[Written]) -> list[Example]:
    """Return an example of each answer that has text; one that was cut is kept without an end."""
    return [
        Example(question.id, question.messages, found.text, cut=not found.ended)
        for question, found in zip(questions, written, strict=True)
        if found.text.strip()
    ]


def fit_replay(tokenizer: Any, replay: Sequence[Example], max_tokens: int) -> list[Example]:
    """Return the rows that fit in max_tokens, in order."""
    return [row for row in replay if len(encode_example(tokenizer, row).input_ids) <= max_tokens]


def choose_replay(replay: Sequence[Example], examples: int, share: float) -> list[Example]:
    """Return so many replay rows that they are the share of all rows, or all that there are."""
    return list(replay[: round(examples * share / (1 - share))])


def measure_loss(model: Any, tokenizer: Any, rows: Sequence[Example], *, tokens_at_once: int) -> float | None:
    """Return the mean loss of an answer's token over all rows, in nats; None where there is no row."""
    if not rows:
        return None
    encoded = sorted((encode_example(tokenizer, row) for row in rows), key=lambda row: len(row.input_ids))
    total, count, batch = 0.0, 0, list[Encoded]()
    for row in [*encoded, None]:
        if batch and (row is None or len(row.input_ids) * (len(batch) + 1) > tokens_at_once):
            total += _sum_loss(model, batch)
            count += sum(found.trained for found in batch)
            batch = []
        if row is not None:
            batch.append(row)
    return total / count


def _sum_loss(model: Any, batch: Sequence[Encoded]) -> float:
    torch = load_library("torch")
    longest = max(len(row.input_ids) for row in batch)
    pads = [longest - len(row.input_ids) for row in batch]

    def stack(rows: Sequence[list[int]]) -> Any:
        return torch.tensor(rows, device=model.device)

    ids = stack([row.input_ids + [0] * pad for row, pad in zip(batch, pads, strict=True)])
    seen = stack([[1] * (longest - pad) + [0] * pad for pad in pads])
    labels = stack([row.labels + [IGNORED] * pad for row, pad in zip(batch, pads, strict=True)])
    with torch.inference_mode():
        logits = model(input_ids=ids, attention_mask=seen, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1).float(),
            labels[:, 1:].flatten(),
            ignore_index=IGNORED,
            reduction="sum",
        )
    return float(loss)
