"""One row of the comparison: a model is trained, and answers every question."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from fen.training.dpo import train_dpo
from fen.training.forgetting import choose_replay, fit_replay, make_replay, measure_loss
from fen.training.generate import Question, Written, answer_questions
from fen.training.model import open_merged, open_tokenizer
from fen.training.plan import Plan, read_lines
from fen.training.progress import tell_answers
from fen.training.recipe import Place, choose_place
from fen.training.sft import Job, train_sft
from fen.training.texts import Example
from fen.training.trainer import Outcome
from fen.wire.errors import ConfigError

DPO_ROW = "treatment-dpo"
_ON_GPU = 200_000
_ON_CPU = 8_000


class Site(msgspec.Struct, frozen=True):
    """Where a comparison works. base: the model's Hugging Face folder; out: all that is written."""

    base: Path
    out: Path

    def adapter(self, row: str) -> Path:
        """The folder of a row's adapter."""
        return self.out / "adapters" / row

    def answers(self, row: str) -> Path:
        """The file of a row's answers, as JSON lines."""
        return self.out / "answers" / f"{row}.jsonl"

    def part(self, row: str, name: str) -> Path:
        """The same of one set of questions, there as soon as it is answered."""
        return self.out / "answers" / row / f"{name}.jsonl"

    def outcome(self, row: str) -> Path:
        """The file that says how a row's training went; it is there once the adapter is."""
        return self.out / "rows" / f"{row}.training.json"

    def result(self, row: str) -> Path:
        """The file that says how a row's answers went; it is there once they are."""
        return self.out / "rows" / f"{row}.answers.json"

    @property
    def replay(self) -> Path:
        """The base model's own answers to the replay prompts, as JSON lines of examples."""
        return self.out / "replay.jsonl"

    @property
    def held_out(self) -> Path:
        """The same of the prompts that no arm is trained on."""
        return self.out / "held_out.jsonl"


class Answered(msgspec.Struct, frozen=True):
    """How a row's answers went.

    replay_loss: in nats a token. seconds: of each set of questions that the last process answered.
    """

    answers: int
    replay_loss: float | None
    seconds: dict[str, float]


def sample_replay(site: Site, plan: Plan) -> None:
    """Write the base model's own answers to the replay prompts, where they are not there yet."""
    wanted = ((site.replay, plan.replay), (site.held_out, plan.held_out))
    missing = [(path, asked) for path, asked in wanted if not path.exists()]
    if not missing:
        return
    place = choose_place(plan.recipe)
    tokenizer, model = open_tokenizer(site.base), open_merged(site.base, None, place)
    for path, asked in missing:
        written = _answer(model, tokenizer, asked, path.stem, place)
        _write_lines(path, fit_replay(tokenizer, make_replay(asked, written), plan.recipe.max_tokens))


def train_row(site: Site, plan: Plan, row: str) -> Outcome | None:
    """Train a row's model and write its adapter; None of the base model. What is there is not done again.

    Raises ConfigError of a row that the plan has not, where `sample_replay` was not run before, and as
    `train_sft` does.
    """
    if row not in plan.rows:
        raise ConfigError(f"found the row {row}, expected one of {', '.join(plan.rows)}")
    if row == "base":
        return None
    path = site.outcome(row)
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Outcome)
    job = Job(row, site.base, site.out / "work" / row, site.adapter(row))
    if row == DPO_ROW:
        outcome = train_dpo(job, plan.recipe, site.adapter("treatment"), plan.pairs)
    else:
        examples = plan.arms[row]
        replay = choose_replay(_read_examples(site.replay), len(examples), plan.recipe.replay_share)
        outcome = train_sft(job, plan.recipe, [*examples, *replay])
    _write_lines(path, [outcome])
    return outcome


def answer_row(site: Site, plan: Plan, row: str) -> Answered:
    """Let a row's model answer every question, and measure its replay loss; a set that is answered stays so.

    Raises ConfigError where the row's adapter is not there.
    """
    path = site.result(row)
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Answered)
    seconds: dict[str, float] = {}
    started, place = time.monotonic(), choose_place(plan.recipe)
    tokenizer = open_tokenizer(site.base)
    model = open_merged(site.base, None if row == "base" else site.adapter(row), place)
    seconds["load"] = time.monotonic() - started
    answers: list[Written] = []
    for name in dict.fromkeys(question.set for question in plan.questions):
        part = site.part(row, name)
        if not part.exists():
            started = time.monotonic()
            asked = [question for question in plan.questions if question.set == name]
            _write_lines(part, _answer(model, tokenizer, asked, f"{row}, {name}", place))
            seconds[name] = time.monotonic() - started
        answers += read_lines(part.read_bytes(), Written, str(part))
    _write_lines(site.answers(row), answers)
    started, held_out = time.monotonic(), _read_examples(site.held_out)
    loss = measure_loss(model, tokenizer, held_out, tokens_at_once=size_batches(place) // 16)
    seconds["replay loss"] = time.monotonic() - started
    answered = Answered(len(answers), loss, seconds)
    _write_lines(path, [answered])
    return answered


def _answer(model: Any, tokenizer: Any, asked: Sequence[Question], name: str, place: Place) -> list[Written]:
    tell = tell_answers(name, len(asked))
    return answer_questions(model, tokenizer, asked, tokens_at_once=size_batches(place), tell=tell)


def size_batches(place: Place) -> int:
    """Return how many tokens are generated from at once."""
    return _ON_GPU if place.device == "cuda" else _ON_CPU


def _read_examples(path: Path) -> tuple[Example, ...]:
    try:
        return read_lines(path.read_bytes(), Example, str(path))
    except OSError as error:
        raise ConfigError(f"{path}: found {error.strerror}, expected the base model's answers") from None


def _write_lines(path: Path, rows: Sequence[msgspec.Struct]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    part.replace(path)
