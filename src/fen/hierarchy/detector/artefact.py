"""The guard's artefact: `weights.npz` (arrays, no pickle) and `manifest.json`, which says what is in it.

The manifest has the SHA-256 of the arrays' file, which is checked before the file is opened, the thresholds,
the command that makes it anew, and what it was made of.
"""

from __future__ import annotations

import hashlib
import io
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np

from fen.hierarchy.detector.calibrate import Threshold
from fen.hierarchy.detector.network import Network
from fen.hierarchy.detector.ngrams import BITS, CHANNELS
from fen.wire.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1
"""Of the form: of the features and of the arrays. An artefact of another version is refused."""

MOST_BYTES = 3_000_000
WEIGHTS, MANIFEST = "weights.npz", "manifest.json"


class Readable(Protocol):
    """A folder with the two files: a path, or a folder inside the package."""

    def __truediv__(self, name: str, /) -> Any:
        """Return what has that name."""
        ...


class Manifest(msgspec.Struct, frozen=True):
    """What stands beside the weights. thresholds: by cell. signs: what a mark and an imperative add.

    sources: names of what was learnt from and calibrated on, with the SHA-256 of each file.
    """

    version: int
    sha256: str
    command: str
    seed: int
    thresholds: dict[str, Threshold]
    signs: tuple[float, float]
    sources: dict[str, str]


class Artefact(msgspec.Struct, frozen=True):
    """The manifest, the weights of shape (rows, CHANNELS) in bytes, and the network."""

    manifest: Manifest
    weights: NDArray[np.int8]
    network: Network


def packaged() -> Readable:
    """Return the folder of the artefact that comes with Fen."""
    return files("fen.hierarchy") / "data" / "guard"


def load_artefact(folder: Readable) -> Artefact:
    """Read an artefact; raises ConfigError where it is missing, altered or of another version."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        data = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise ConfigError(f"the guard's artefact cannot be read: {error}") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"the guard's {MANIFEST} is not one: {error}") from error
    if manifest.version != VERSION:
        raise ConfigError(f"the guard's artefact has version {manifest.version}, expected {VERSION}")
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.sha256:
        raise ConfigError(f"the guard's {WEIGHTS} has SHA-256 {found}, expected {manifest.sha256}")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        weights = arrays["weights"]
        layers = {name: arrays[name] for name in _LAYERS}
        network = Network(**layers, offset=float(arrays["offset"]))
    if weights.shape != (1 << BITS, CHANNELS) or weights.dtype != np.int8:
        raise ConfigError(f"the guard's weights are {weights.dtype} {weights.shape}")
    return Artefact(manifest, weights, network)


def pack_arrays(weights: NDArray[np.int8], network: Network) -> bytes:
    """Return what `weights.npz` holds; the same arrays bring the same bytes."""
    buffer = io.BytesIO()
    arrays = {name: getattr(network, name) for name in _LAYERS}
    np.savez_compressed(buffer, weights=weights, offset=np.float32(network.offset), **arrays)
    return buffer.getvalue()


def save_artefact(folder: Path, manifest: Manifest, arrays: bytes) -> None:
    """Write both files; raises ValueError where they are too large together."""
    said = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    if len(said) + len(arrays) > MOST_BYTES:
        raise ValueError(f"the artefact has {len(said) + len(arrays)} bytes, expected at most {MOST_BYTES}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(arrays)
    (folder / MANIFEST).write_bytes(said)


_LAYERS = ("scale", "hidden", "bias", "out", "direct")
