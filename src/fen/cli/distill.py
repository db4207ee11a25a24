"""`fen distill`: a small model is taught what a larger one answers to one kind of request."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import msgspec

from fen.app import load_settings
from fen.cli.evals.options import Amount
from fen.cli.options import as_json, config
from fen.cli.output import Column, note, show_json, show_table
from fen.evals.statistics.difference import tell
from fen.evals.statistics.money import CostPerCorrect
from fen.training.distill.asked import Wish, read_prompts
from fen.training.distill.files import (
    EXAMPLES,
    Distillation,
    describe_distillation,
    name_source,
    prepare_folder,
    read_distillation,
    write_lessons,
    write_outcomes,
)
from fen.training.distill.kept import gather_lessons
from fen.training.distill.shelf import ask_teacher, check_consent, read_kept
from fen.training.distill.student import train_student
from fen.training.distill.worth import Beside, Worth, list_outcomes, weigh
from fen.training.recipe import Recipe
from fen.training.weights import open_folder
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money

_COLUMNS = (
    Column("model", "id"),
    Column("right %", "figure"),
    Column("low", "figure"),
    Column("high", "figure"),
    Column("samples", "figure"),
    Column("cost of a right answer", "figure"),
    Column("low", "figure"),
    Column("high", "figure"),
)
_RECIPE = Recipe()
_FOLDER = click.Path(file_okay=False, path_type=Path)


class _Options(TypedDict):
    out: Path
    tag: str
    held_share: float
    seed: int
    config: Path | None
    as_json: bool


class _Asking(TypedDict):
    teacher: str
    budget: Money
    out: Path
    tag: str
    max_tokens: int


@click.group()
def distill() -> None:
    """Teach a small model what a larger one answers to one kind of request."""


@distill.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--out", required=True, type=_FOLDER, metavar="FOLDER", help="The folder to write.")
@click.option("--tag", required=True, help="What this kind of request is called; routing learns it by it.")
@click.option(
    "--held-share",
    type=click.FloatRange(0.05, 0.95),
    default=0.2,
    show_default=True,
    help="So much is not taught, and is the test.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which samples are the test.")
@config
@as_json
def build(runs: tuple[str, ...], **options: Unpack[_Options]) -> None:
    """Write what a teacher answered rightly as examples to train on.

    RUN is an evaluation of the teacher, as fen eval runs lists it. Needs [training] answers = true in
    fen.toml. See fen distill train; evaluate the student on the same suites, then see fen distill weigh.
    """
    settings = load_settings(options["config"], os.environ)
    check_consent(settings)
    kept = asyncio.run(read_kept(settings, runs))
    share, seed = options["held_share"], options["seed"]
    lessons = gather_lessons(kept, share, seed)
    told = describe_distillation(options["tag"], [name_source(one) for one in kept], lessons, share, seed)
    if not lessons.examples or not lessons.held_out:
        found = f"{len(lessons.examples)} examples and {len(lessons.held_out)} samples for the test"
        raise InvalidRequest(f"found {found}, expected some of each: {_explain(told)}")
    write_lessons(options["out"], lessons, told)
    if options["as_json"]:
        show_json(msgspec.to_builtins(told))
        return
    click.echo(f"{options['out'] / EXAMPLES}: {told.examples:,} examples, SHA-256 {told.sha256}")
    click.echo(f"kept for the test: {len(told.held_out):,} samples; left out: {_explain(told)}")


@distill.command("ask")
@click.argument("prompts", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PROMPTS")
@click.option("--teacher", required=True, metavar="MODEL", help="Who is asked.")
@click.option("--budget", required=True, type=Amount(), help="The most that it may cost: 2USD.")
@click.option("--out", required=True, type=_FOLDER, metavar="FOLDER", help="The folder to write.")
@click.option("--tag", required=True, help="What this kind of request is called; routing learns it by it.")
@click.option(
    "--max-tokens", type=click.IntRange(min=1), default=256, show_default=True, help="Of each answer."
)
@config
def ask_for_examples(prompts: Path, config: Path | None, **options: Unpack[_Asking]) -> None:
    """Ask a teacher prompts of your own, and write its answers as examples.

    PROMPTS has JSON lines with prompt, or with messages. Nothing grades the answers. The calls are in the
    books with the tag training; where the budget ends, what was answered is written. Needs [training]
    answers = true in fen.toml.
    """
    settings = load_settings(config, os.environ)
    check_consent(settings)
    asked = read_prompts(prompts)
    prepare_folder(options["out"])
    wish = Wish(options["teacher"], asked, options["budget"], options["max_tokens"], options["tag"])
    found, source = asyncio.run(ask_teacher(settings, wish, lambda done: note(f"{done} of {len(asked)}")))
    if not found.lessons.examples:
        raise InvalidRequest(
            f"found no answer that can teach, expected some; {found.stopped or 'all were asked'}"
        )
    told = describe_distillation(options["tag"], [source], found.lessons)
    write_lessons(options["out"], found.lessons, told)
    click.echo(f"{options['out'] / EXAMPLES}: {told.examples:,} examples, SHA-256 {told.sha256}")
    click.echo(f"cost {found.spent}; left out: {_explain(told)}")
    if found.stopped is not None:
        click.echo(f"stopped: {found.stopped}")


@distill.command("train")
@click.argument("folder", type=_FOLDER, metavar="FOLDER")
@click.option(
    "--base",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    metavar="PATH",
    help="The student: a Hugging Face folder, or a GGUF file, which is dequantised once.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The GGUF adapter to write.",
)
@click.option("--epochs", type=float, default=_RECIPE.epochs, show_default=True, help="Passes over it.")
@click.option("--rate", type=float, default=_RECIPE.rate, show_default=True, help="The rate's peak.")
@click.option("--rank", type=int, default=_RECIPE.rank, show_default=True, help="LoRA's rank.")
@click.option("--batch", type=int, default=_RECIPE.batch, show_default=True, help="Examples a step.")
@click.option("--max-tokens", type=int, default=_RECIPE.max_tokens, show_default=True, help="An example's.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of weights and order.")
@config
def train_on(folder: Path, base: Path, out: Path, config: Path | None, **recipe: Any) -> None:
    """Train a student on FOLDER, as build or ask wrote it, and write its adapter.

    A run that was stopped goes on where it was, by the same command. Needs the extra train.
    """
    settings = load_settings(config, os.environ)
    student = open_folder(base, settings.cache / "training")
    manifest = train_student(folder, student, out, msgspec.convert(recipe, Recipe))
    click.echo(f"{out}: {manifest.kind}, {manifest.bytes:,} bytes, SHA-256 {manifest.sha256}")


@distill.command("weigh")
@click.argument("folder", type=_FOLDER, metavar="FOLDER")
@click.argument("student", metavar="STUDENT_RUN")
@click.argument("teacher", metavar="TEACHER_RUN")
@config
@as_json
def weigh_student(folder: Path, student: str, teacher: str, config: Path | None, as_json: bool) -> None:
    """Show a student beside its teacher on the test: right answers, and what each costs.

    FOLDER is what fen distill build wrote; the answers of both are written there, as what fen route fit
    --outcomes learns from.
    """
    told = read_distillation(folder)
    settings = load_settings(config, os.environ)
    ours, theirs = asyncio.run(read_kept(settings, (student, teacher)))
    found = weigh(ours, theirs, told.held_out)
    lines = [line for kept in (ours, theirs) for line in list_outcomes(kept, told.held_out, told.tag)]
    path = write_outcomes(folder, lines)
    if as_json:
        show_json(msgspec.to_builtins(found, enc_hook=str) | {"outcomes": str(path)})
        return
    _show(found)
    click.echo(f"{path}: {len(lines):,} answers")


def _show(found: Beside) -> None:
    show_table(_COLUMNS, [_row(found.student), _row(found.teacher)])
    click.echo(tell(found.difference, found.student.model, found.teacher.model))


def _row(worth: Worth) -> tuple[str, ...]:
    mean, interval = worth.score.mean, worth.score.interval
    shares = (mean, interval.low if interval else None, interval.high if interval else None)
    cells = ("-" if share is None else f"{100 * share:.1f}" for share in shares)
    return (worth.model, *cells, f"{worth.score.n:,}", *_cost(worth.cost))


def _cost(cost: CostPerCorrect) -> tuple[str, str, str]:
    value = cost.why or "not known" if cost.value is None else _amount(cost.value)
    return (value, _amount(cost.low), _amount(cost.high))


def _amount(amount: Money | None) -> str:
    return "" if amount is None else f"{float(amount.amount):.6g} {amount.currency}"


def _explain(told: Distillation) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(told.left_out.items())) or "nothing"
