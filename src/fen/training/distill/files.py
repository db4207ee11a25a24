"""A distillation's folder: what is taught, what is the test, and what both were made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from fen.training.distill.kept import Kept, Lessons
from fen.wire.errors import ConfigError, InvalidRequest

EXAMPLES = "examples.jsonl"
OUTCOMES = "outcomes.jsonl"
_MANIFEST = "manifest.json"
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Source(msgspec.Struct, frozen=True):
    """Where answers are from: an evaluation of a teacher, or a run that asked it prompts of one's own."""

    run: str
    model: str
    suites: tuple[str, ...]


def name_source(kept: Kept) -> Source:
    """Return the source that an evaluation is."""
    return Source(kept.run.id, kept.run.model, kept.run.suites)


class Distillation(msgspec.Struct, frozen=True):
    """What a distillation's folder says of itself.

    tag: of the kind of request. sha256: of the examples' file. examples: how many. held_out: the samples of
    the test. left_out: records that teach nothing, by the reason.
    """

    tag: str
    sources: tuple[Source, ...]
    sha256: str
    examples: int
    held_share: float
    seed: int
    held_out: tuple[str, ...]
    left_out: Mapping[str, int]


def describe_distillation(
    tag: str, sources: Sequence[Source], lessons: Lessons, held_share: float = 0.0, seed: int = 0
) -> Distillation:
    """Return what a folder will say of itself."""
    return Distillation(
        tag=tag,
        sources=tuple(sources),
        sha256=hashlib.sha256(_spell(lessons.examples)).hexdigest(),
        examples=len(lessons.examples),
        held_share=held_share,
        seed=seed,
        held_out=lessons.held_out,
        left_out=lessons.left_out,
    )


def prepare_folder(folder: Path) -> None:
    """Make the folder before anything is paid for; raises ConfigError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}, expected a folder that can be written") from None


def write_lessons(folder: Path, lessons: Lessons, told: Distillation) -> None:
    """Write the examples as JSON lines, and then the manifest; raises ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / EXAMPLES).write_bytes(_spell(lessons.examples))
        text = msgspec.json.format(msgspec.json.encode(told), indent=2)
        (folder / _MANIFEST).write_bytes(text + b"\n")
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}, expected a folder that can be written") from None


def read_distillation(folder: Path) -> Distillation:
    """Return what a folder says of itself; raises InvalidRequest for one that is none, or was changed."""
    path = folder / _MANIFEST
    try:
        told = msgspec.json.decode(path.read_bytes(), type=Distillation)
        found = hashlib.sha256((folder / EXAMPLES).read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidRequest(
            f"{error.filename}: {error.strerror}, expected a distillation's folder"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{path}: {error}, expected what `fen distill build` wrote") from None
    if found != told.sha256:
        raise InvalidRequest(f"{folder / EXAMPLES}: found the SHA-256 {found}, expected {told.sha256}")
    return told


def write_outcomes(folder: Path, lines: Sequence[msgspec.Struct]) -> Path:
    """Write what `fen route fit` learns from and return its path; raises ConfigError."""
    path = folder / OUTCOMES
    try:
        path.write_bytes(_spell(lines))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}, expected a file that can be written") from None
    return path


def _spell(lines: Sequence[msgspec.Struct]) -> bytes:
    return b"".join(_encode(line) + b"\n" for line in lines)
