"""A trained adapter made ready to be served: its GGUF file, and the manifest and the card beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from fen.app.manifest import Manifest, Origin, Score, hash_file, write_manifest
from fen.training.adapter import export_adapter, find_base
from fen.training.card import write_card
from fen.training.export import export_model
from fen.training.gguf_writing import Kind
from fen.training.measured import Trained
from fen.training.weights import find_origin
from fen.wire.errors import InvalidRequest


class Publication(msgspec.Struct, frozen=True):
    """What is to be published.

    adapter: PEFT's folder. out: the GGUF file. base: the Hugging Face folder that the adapter was trained on;
    None takes the one that it names. form: the adapter alone, or the model with the adapter merged into it.
    trained: how; data: what its data are called. scores: what it was measured to do. command: what makes it
    again.
    """

    adapter: Path
    out: Path
    name: str
    base: Path | None = None
    form: Literal["adapter", "model"] = "adapter"
    kind: Kind = "f16"
    trained: Trained | None = None
    data: str = "plan"
    scores: tuple[Score, ...] = ()
    command: str | None = None
    license: str | None = None


def publish(wanted: Publication) -> Manifest:
    """Write the three files and return the manifest (blocks).

    Raises InvalidRequest for what cannot be exported or read, ConfigError without the extra or the disk.
    """
    if wanted.out.suffix != ".gguf":
        raise InvalidRequest(f"found the file {wanted.out.name}, expected a name that ends in .gguf")
    trained = wanted.trained
    base = find_base(wanted.adapter, wanted.base)
    origin = find_origin(base)
    if wanted.form == "adapter":
        export_adapter(wanted.adapter, wanted.out, wanted.name, wanted.kind, base)
    else:
        export_model(base, wanted.out, wanted.name, wanted.kind, wanted.adapter)
    manifest = Manifest(
        name=wanted.name,
        kind=wanted.form,
        base=origin,
        sha256=hash_file(wanted.out),
        bytes=wanted.out.stat().st_size,
        trained=f"{datetime.now(UTC):%Y-%m-%d}",
        data=() if trained is None else (Origin(wanted.data, trained.plan_sha256),),
        recipe={} if trained is None else trained.settings,
        scores=wanted.scores,
        command=wanted.command,
        libraries={} if trained is None else trained.libraries,
        license=wanted.license,
    )
    write_manifest(wanted.out, manifest)
    write_card(wanted.out, manifest)
    return manifest
