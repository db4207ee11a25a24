"""`fen hierarchy export`: a trained adapter, as a file that Fen serves."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypedDict, Unpack

import click

from fen.app.manifest import name_manifest
from fen.training.card import name_card
from fen.training.measured import read_study
from fen.training.publish import Publication, publish

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Options(TypedDict):
    name: str | None
    base: Path | None
    merge: bool
    numbers: Literal["f16", "f32"]
    study: Path | None
    arm: str
    command: str | None
    license: str | None


@click.command()
@click.argument("adapter", type=_FOLDER, metavar="ADAPTER")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The GGUF file to write.",
)
@click.option("--name", help="What it calls itself; left out: the file's name.")
@click.option(
    "--base", type=_FOLDER, metavar="DIR", help="The model it was trained on; left out: as it says itself."
)
@click.option("--merge", is_flag=True, help="Write the whole model with the adapter merged into it.")
@click.option(
    "--numbers",
    type=click.Choice(("f16", "f32")),
    default="f16",
    show_default=True,
    help="How its matrices are kept.",
)
@click.option("--study", type=_FILE, metavar="FILE", help="What `train` wrote, study.json: for the manifest.")
@click.option("--arm", default="treatment", show_default=True, help="Which arm of the study it is.")
@click.option("--command", help="What makes it again, for the manifest.")
@click.option("--license", help="For the manifest.")
def export(adapter: Path, out: Path, **options: Unpack[_Options]) -> None:
    """Write a trained adapter as a GGUF file, with its manifest and its card beside it.

    ADAPTER is PEFT's folder. The file is served by an [embedded."fen/NAME"] of fen.toml, as one of its loras,
    or as its model with --merge; fen models NAME shows the manifest. Needs the extra train.
    """
    trained, scores = read_study(options["study"], options["arm"]) if options["study"] else (None, ())
    manifest = publish(
        Publication(
            adapter=adapter,
            out=out,
            name=options["name"] or out.stem,
            base=options["base"],
            form="model" if options["merge"] else "adapter",
            kind=options["numbers"],
            trained=trained,
            scores=scores,
            command=options["command"],
            license=options["license"],
        )
    )
    click.echo(f"{out}: {manifest.kind}, {manifest.bytes:,} bytes, SHA-256 {manifest.sha256}")
    click.echo(f"{name_manifest(out)}")
    click.echo(f"{name_card(out)}")
