"""The house's own rules, where a linter has none."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOMS = sorted(path.name for path in (ROOT / "src/fen").iterdir() if (path / "__init__.py").exists())
VAGUE = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}
LONGEST = 300
# Put together here, so that this file does not contain them itself.
MACHINE_PATHS = re.compile(
    "|".join(["/" + "work/", "/" + "tmp/w/", "/" + r"opt/(?:pypi|wheels)", "/" + r"root/"])
)


def committed() -> list[Path]:
    """Files that a clone has or will have; without git, what a source archive has."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        paths = [path for top in ("src", "tests", "docs", "bench") for path in (ROOT / top).rglob("*")]
    else:
        paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def test_files_stay_short() -> None:
    lengths = {path: path.read_text().count("\n") for path in (ROOT / "src").rglob("*.py")}
    long = {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > LONGEST}
    assert lengths
    assert long == {}, f"over {LONGEST} lines"


def test_every_folder_of_modules_is_a_package() -> None:
    """Otherwise neither the contracts on imports nor the type checker would look into it."""
    folders = {path.parent for path in (ROOT / "src/fen").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_modules_have_names_that_say_something() -> None:
    vague = [
        path for path in (ROOT / "src").rglob("*.py") if {path.stem.strip("_"), path.parent.name} & VAGUE
    ]
    assert vague == []


def test_nothing_committed_names_the_path_of_a_machine() -> None:
    found: list[str] = []
    for path in committed():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # not a text
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE_PATHS.finditer(text)]
    assert found == []


def test_the_map_names_every_room() -> None:
    rooms = re.findall(r"^\| `(\w+)/` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    missing = set(ROOMS) - set(rooms)
    assert not missing, "in src/fen and not in CONTRIBUTING.md"
    assert len(rooms) == len(set(rooms))


def test_makefile_has_the_doors() -> None:
    doors = set(re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert doors >= {
        "serve",
        "test",
        "lint",
        "types",
        "layers",
        "docs",
        "bench",
        "check",
        "prove",
        "lock",
        "clean",
    }
