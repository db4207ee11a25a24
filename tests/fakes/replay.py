"""Recorded outcomes of real models, and upstreams that replay them: as long, and as right, as they were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fakes.plan import Step, reply
from tests.fakes.upstream import Connection, FakeUpstream, Record

parquet: Any = pytest.importorskip("pyarrow.parquet")

CHARS_READ, CHARS_WRITTEN = 4, 3.5
"""Characters of a token, as the data's README estimates costs."""

RIGHT, WRONG = "right", "wrong"


class Recorded(msgspec.Struct, frozen=True):
    """One model's answer to one prompt: its tokens, and whether it was right."""

    read: int
    written: int
    correct: bool

    def cost(self, prices: tuple[Decimal, Decimal]) -> Decimal:
        """What it cost, at prices of input and output per million tokens."""
        return (self.read * prices[0] + self.written * prices[1]) / 1_000_000


class Log(msgspec.Struct, frozen=True):
    """What several models answered to the same prompts; answers: by model, then by prompt."""

    prompts: tuple[str, ...]
    answers: Mapping[str, Mapping[str, Recorded]]
    prices: Mapping[str, tuple[Decimal, Decimal]]

    def write(self, path: Path, prompts: Sequence[str]) -> None:
        """Write the outcomes of some prompts as JSON lines, as `fen route fit` reads them."""
        with path.open("w") as file:
            for model, answers in self.answers.items():
                for prompt in prompts:
                    found = answers[prompt]
                    cost = float(found.cost(self.prices[model]))
                    line = {"prompt": prompt, "model": f"{model}/model", "correct": found.correct}
                    file.write(json.dumps(line | {"cost": cost}) + "\n")


def read_zeroeval(folder: Path, models: Mapping[str, str]) -> Log:
    """Read ZeroEval's outcomes of some models, by the names that the log gives them; equal questions once."""
    prices = {
        name: (Decimal(read), Decimal(written))
        for name, read, written in (
            line.split(",") for line in (folder / "prices_used.csv").read_text().splitlines()[1:]
        )
    }
    asked = {
        row["prompt_id"]: row for row in parquet.read_table(folder / "zeroeval/prompts.parquet").to_pylist()
    }
    names = {recorded: name for name, recorded in models.items()}
    answers: dict[str, dict[str, Recorded]] = {name: {} for name in models}
    for row in parquet.read_table(folder / "zeroeval/outcomes_long.parquet").to_pylist():
        name = names.get(row["model"])
        if name is not None:
            prompt = asked[row["prompt_id"]]
            tokens = (len(prompt["full_prompt"]) // CHARS_READ, round(row["out_chars"] / CHARS_WRITTEN))
            answers[name].setdefault(prompt["question"], Recorded(*tokens, row["correct"]))
    first, *others = answers.values()
    shared = [question for question in first if all(question in other for other in others)]
    return Log(tuple(shared), answers, {name: prices[recorded] for name, recorded in models.items()})


class Replay(FakeUpstream):
    """An upstream that answers as one model was recorded to."""

    def __init__(self, answers: Mapping[str, Recorded]) -> None:
        super().__init__()
        self.answers = answers

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return _Replaying(self)


class _Replaying(Connection):
    def __init__(self, fake: Replay) -> None:
        super().__init__(fake)
        self._answers = fake.answers

    def plan(self, record: Record) -> Iterator[Step]:
        """Return the recorded answer, in as many characters as it had; 404 where none was recorded."""
        asked: Any = record.json
        content = asked["messages"][-1]["content"]
        found = self._answers.get(content if isinstance(content, str) else content[0]["text"])
        if found is None:
            body = b'{"error":{"message":"nothing was recorded for this","type":"invalid_request_error"}}'
            return iter([Step("write", reply(404, body)), Step("end")])
        return iter([Step("write", reply(200, _write(asked["model"], found))), Step("end")])


def _write(model: str, found: Recorded) -> bytes:
    word = RIGHT if found.correct else WRONG
    text = word.ljust(round(found.written * CHARS_WRITTEN), ".")
    message = {"role": "assistant", "content": text}
    usage = {
        "prompt_tokens": found.read,
        "completion_tokens": found.written,
        "total_tokens": found.read + found.written,
    }
    answer = {
        "id": "replayed",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }
    return msgspec.json.encode(answer)
