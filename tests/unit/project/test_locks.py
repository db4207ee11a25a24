"""The locks hold everything, with hashes, and nothing of the machine that wrote them."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)(?: ; [^\\]+)? \\$")


def normal(name: str) -> str:
    """A distribution's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(lock: Path) -> dict[str, str]:
    pins: dict[str, str] = {}
    for line in lock.read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            match = PINNED.match(line)
            assert match, f"expected NAME==VERSION with hashes, found {line!r}"
            pins[normal(match[1])] = match[2]
    return pins


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_names_no_index_and_no_path(lock: Path) -> None:
    text = lock.read_text()
    assert re.findall(r"--(?:\w+-)*index-url|--find-links|file:|https?:|^-e | @ ", text, re.MULTILINE) == []
    assert text.count("--hash=sha256:") >= len(read_pins(lock)) > 0


def test_locks_agree() -> None:
    runtime, dev = (read_pins(ROOT / "requirements" / name) for name in ("runtime.txt", "dev.txt"))
    assert {name: version for name, version in runtime.items() if dev.get(name) != version} == {}


@pytest.mark.parametrize("extra", ["runtime", "dev"])
def test_lock_holds_what_the_project_asks_for(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + (project["optional-dependencies"]["dev"] if extra == "dev" else [])
    names = {normal(re.split(r"[\[<>=~! ]", line)[0]) for line in asked}
    assert names - set(read_pins(ROOT / "requirements" / f"{extra}.txt")) == set()
