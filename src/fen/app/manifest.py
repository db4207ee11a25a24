"""What a file of trained weights says of itself: `NAME.manifest.json` beside `NAME.gguf`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from fen.app.tables import EmbeddedTable
from fen.wire.errors import ConfigError

_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_ENDING = ".manifest.json"


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the weights were made of; sha256: of the file, or of the lines in their order."""

    name: str
    sha256: _Hash


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One measured figure.

    name: of what was measured; arm: of which model. value: in percent unless the name says otherwise. low,
    high: the interval's ends, 95% unless the name says otherwise. items: how many it rests on.
    """

    name: str
    arm: str
    value: float
    low: float | None = None
    high: float | None = None
    items: _Count | None = None


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Of what, with what and how well weights were trained.

    kind: whether the file is a whole model or an adapter of `base`. sha256, bytes: of the file. recipe: the
    settings of the training by name. command: what makes it again. trained: the day, in UTC. libraries: their
    versions by name.
    """

    name: str
    kind: Literal["model", "adapter"]
    base: Origin
    sha256: _Hash
    bytes: _Count
    trained: str
    data: tuple[Origin, ...] = ()
    recipe: Mapping[str, str | int | float | bool | None] = {}
    scores: tuple[Score, ...] = ()
    command: str | None = None
    libraries: Mapping[str, str] = {}
    license: str | None = None


def name_manifest(weights: Path) -> Path:
    """Return where the manifest of a file lies."""
    return weights.with_name(weights.stem + _ENDING)


def read_manifest(weights: Path) -> Manifest | None:
    """Return the manifest of a file; None where there is none.

    Raises ConfigError where it is malformed, or tells of a file of another size.
    """
    path = name_manifest(weights)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}, expected the manifest of {weights.name}") from None
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}, expected the manifest of {weights.name}") from None
    found = weights.stat().st_size
    if found != manifest.bytes:
        raise ConfigError(f"{weights}: found {found} bytes, expected {manifest.bytes} by {path.name}")
    return manifest


def check_contents(weights: Path, manifest: Manifest) -> None:
    """Raise ConfigError where a file is not the one that the manifest tells of; reads it all (blocks)."""
    found = hash_file(weights)
    if found != manifest.sha256:
        raise ConfigError(f"{weights}: found the SHA-256 {found}, expected {manifest.sha256} by its manifest")


def hash_file(path: Path) -> str:
    """Return a file's SHA-256 in hex (blocks)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(weights: Path, manifest: Manifest) -> Path:
    """Write the manifest of a file beside it, whole or not at all, and return its path."""
    path = name_manifest(weights)
    part = path.with_name(path.name + ".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    part.replace(path)
    return path


def read_manifests(files: Iterable[Path]) -> tuple[Manifest, ...]:
    """Return the manifests of those files that have one; raises ConfigError likewise."""
    found = (read_manifest(path) for path in files)
    return tuple(manifest for manifest in found if manifest is not None)


def list_files(table: EmbeddedTable) -> tuple[Path, ...]:
    """Return the weights of an embedded model that its table names."""
    named = [] if table.model is None else [table.model]
    return tuple(Path(path) for path in (*named, *table.loras))
