"""An artefact: all that a fit has learnt, in one file with a manifest that says what it was learnt from.

The file is a zip of `manifest.json`, `fitted.msgpack` and one `.npy` for each array; nothing in it is ever
unpickled. It is written beside its place and then put there at once: who watches it never sees half of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from fen.routing.asked import Asked
from fen.routing.characters import load_characters
from fen.routing.decision import Estimate, Offer
from fen.routing.expectation import Lessons
from fen.routing.features import featurize
from fen.routing.manifest import FORMAT, Manifest
from fen.routing.packing import (
    Arrays,
    put_together,
    read_arrays,
    read_texts,
    refuse,
    take_apart,
    write_array,
    write_zip,
)
from fen.routing.quality.model import QualityModel
from fen.routing.sizes import Sizes
from fen.routing.verifier import Verifier
from fen.wire.errors import InvalidRequest

_MANIFEST, _FITTED = "manifest.json", "fitted.msgpack"


class Fitted(msgspec.Struct, frozen=True):
    """What was learnt of answers' quality and size, and what choosing and checking need beside."""

    quality: QualityModel
    sizes: Sizes
    lessons: Lessons
    verifier: Verifier | None = None


class Artefact:
    """What is expected of models: an `fen.routing.expectation.Expectation`."""

    def __init__(self, manifest: Manifest, fitted: Fitted) -> None:
        self.manifest = manifest
        self.fitted = fitted
        self._place = {model: column for column, model in enumerate(fitted.quality.names)}
        fitted.quality.prepare()  # not within the first decision

    @property
    def id(self) -> str:
        """The hash of its data and settings."""
        return self.manifest.id

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it has seen, those that joined it last."""
        return self.fitted.quality.names

    @property
    def lessons(self) -> Lessons:
        """What choosing needs beside the estimates."""
        return self.fitted.lessons

    @property
    def verifier(self) -> Verifier | None:
        """What tells right answers of a cheap model from wrong ones; None where no answers were kept."""
        return self.fitted.verifier

    def expect(self, asked: Asked, offers: Sequence[Offer]) -> tuple[tuple[Estimate, ...], float]:
        """Return an estimate for each offer, and how familiar the request is, 0 to 1."""
        return self.expect_all([asked], offers)[0]

    def expect_all(
        self, asked: Sequence[Asked], offers: Sequence[Offer]
    ) -> list[tuple[tuple[Estimate, ...], float]]:
        """Return what `expect` does, for many requests at once."""
        rows = featurize(asked, self.manifest.recipe.bits)
        names = [offer.model for offer in offers]
        sizes = self.fitted.sizes.expect(asked, rows, offers, names)
        told = self.fitted.quality.predict(rows)
        means, columns = told.p.mean(axis=1).tolist(), [self._place.get(name) for name in names]
        p, low, high = told.p.tolist(), told.low.tolist(), told.high.tolist()
        found: list[tuple[tuple[Estimate, ...], float]] = []
        for row, familiar in enumerate(told.familiar.tolist()):
            estimates: list[Estimate] = []
            for offer, at, (tokens, cost) in zip(offers, columns, sizes[row], strict=True):
                known = at is not None
                odds = (p[row][at], low[row][at], high[row][at]) if known else (means[row], 0.0, 1.0)
                estimates.append(Estimate(offer.model, *odds, cost, tokens, known))
            found.append((tuple(estimates), familiar))
        return found


def save_artefact(path: Path, artefact: Artefact) -> None:
    """Write an artefact to a file, at once; raises OSError where it cannot be written."""
    plain, arrays = take_apart(artefact.fitted)
    fitted = msgspec.msgpack.encode(plain)  # JSON has no key None
    manifest = msgspec.structs.replace(artefact.manifest, arrays=hash_fitted(fitted, arrays))
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = {_MANIFEST: msgspec.json.format(msgspec.json.encode(manifest), indent=2), _FITTED: fitted}
    write_zip(path, texts, arrays)


def load_artefact(path: Path) -> Artefact:
    """Return the artefact of a file (blocks).

    Raises InvalidRequest for a file that is damaged, no artefact, or of another format than FORMAT, and
    OSError where there is none.
    """
    load_characters()  # not within the first decision
    manifest = read_manifest(path)
    [fitted] = read_texts(path, _FITTED)
    arrays = read_arrays(path)
    found = hash_fitted(fitted, arrays)
    if found != manifest.arrays:
        raise InvalidRequest(
            f"{path}: found arrays with SHA-256 {found[:12]}, expected {manifest.arrays[:12]} of its"
            " manifest: the file was changed after it was written"
        )
    try:
        plain: dict[str, Any] = msgspec.msgpack.decode(fitted, strict=True)
        return Artefact(manifest, put_together(Fitted, plain, arrays))
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise refuse(path, error) from None


def read_manifest(path: Path) -> Manifest:
    """Return the manifest alone; raises as `load_artefact` does."""
    [text] = read_texts(path, _MANIFEST)
    try:
        version = msgspec.json.decode(text, type=_Version).format
    except msgspec.DecodeError as error:
        raise refuse(path, error) from None
    if version != FORMAT:
        raise InvalidRequest(
            f"{path}: found an artefact of format {version}, expected {FORMAT}: fit it anew with this Fen"
        )
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise refuse(path, error) from None


def hash_fitted(fitted: bytes, arrays: Arrays) -> str:
    """Return the SHA-256 of what was learnt, in hex."""
    digest = sha256(fitted)
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(write_array(arrays[name]))
    return digest.hexdigest()


class _Version(msgspec.Struct, frozen=True):
    format: int
