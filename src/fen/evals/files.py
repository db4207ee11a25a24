"""Where a suite's files are: in the folder that the user named, in the cache, or at their address."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from fen.evals.suite import DataFile, Files
from fen.wire.errors import ConfigError

Download = Callable[[str, Path], None]
"""Writes what is at an address to a path; raises FenError with the reason."""

FILE_OPTION: Mapping[str, str] = {"file": ""}
"""The option of every suite with files: `--set SUITE.file=` a file, a folder or an address of the user's."""


class DataFiles:
    """Finds files on this disk, and downloads what is not there; it is an `fen.evals.suite.Files`.

    folder: the user's, laid out like `evals/gsm8k/test.jsonl`, or its folder `evals`; None where none was
    named. cache: what was downloaded is kept below its `evals`. download: None where nothing may be.
    """

    def __init__(self, folder: Path | None, cache: Path, download: Download | None) -> None:
        self._folder = folder
        self._cache = cache / "evals"
        self._download = download

    def path(self, file: DataFile) -> Path:
        """Return where the file is, after downloading it where it is not there yet (blocks).

        A file of the user's folder is taken as it is: whose it is may change it. Raises ConfigError that says
        where it was looked for and what to do.
        """
        places = [*self._named(file), self._cache / file.path]
        for place in places:
            if place.is_file():
                return place
        if self._download is None:
            raise _missing(file, places, "FEN_OFFLINE forbids to download it")
        self._fetch(file, places)
        return places[-1]

    def _named(self, file: DataFile) -> list[Path]:
        if self._folder is None:
            return []
        return [self._folder / "evals" / file.path, self._folder / file.path]

    def _fetch(self, file: DataFile, places: list[Path]) -> None:
        assert self._download is not None
        target = places[-1]
        part = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._download(file.url, part)
            found = hash_file(part)
            if file.sha256 not in (None, found):
                why = f"{file.url} has SHA-256 {found}, expected {file.sha256}"
                raise _missing(file, places, why)
            part.replace(target)
        except OSError as error:
            raise _missing(file, places, f"the cache cannot be written: {error}") from None
        finally:
            part.unlink(missing_ok=True)


def _missing(file: DataFile, places: list[Path], why: str) -> ConfigError:
    looked = ", ".join(map(str, places))
    todo = f"name the folder that has evals/{file.path} with --data or FEN_DATA, or put {file.url} there"
    return ConfigError(f"found no {file.path}: looked for {looked}; {why}; {todo}")


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def find_file(files: Files, options: Mapping[str, str], file: DataFile) -> Path:
    """Return where a suite's file is: the user's own of the option `file`, else the published one.

    The option names a file, an address of one, or, for a suite of several files, a folder that is laid out
    like the suite's own. Raises ConfigError where it names nothing.
    """
    own = options.get("file", "")
    if not own:
        return files.path(file)
    if urlsplit(own).scheme in ("http", "https"):
        return files.path(_describe(own))
    path = Path(own).expanduser()
    if path.is_file():
        return path
    below = PurePosixPath(file.path)
    places = [path / file.path, path / PurePosixPath(*below.parts[1:]), path / below.name]
    for place in places:
        if place.is_file():
            return place
    raise ConfigError(f"found no file for file={own}: looked for {', '.join(map(str, [path, *places]))}")


def _describe(address: str) -> DataFile:
    """Return a file of the user's at an address; kept under the address, for nobody states its checksum."""
    key = hashlib.sha256(address.encode()).hexdigest()[:16]
    name = PurePosixPath(urlsplit(address).path).name or "file"
    return DataFile(path=f"own/{key}/{name}", url=address)


def list_files(suite: str, base: str) -> tuple[DataFile, ...]:
    """Return a suite's many files: `data/sums/SUITE.sha256` of this package, as sha256sum writes it.

    base: the address of the suite's folder.
    """
    text = resources.files("fen.evals").joinpath(f"data/sums/{suite}.sha256").read_text("ascii")
    pairs = (line.split() for line in text.splitlines())
    return tuple(DataFile(path, base + path.removeprefix(suite), sum_) for sum_, path in pairs)
