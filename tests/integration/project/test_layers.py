"""The contracts on imports catch what they are there for: each breach is planted in a copy of the source."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = [
    "accounts",
    "app",
    "arena",
    "batch",
    "catalogue",
    "cli",
    "conversations",
    "evals",
    "gateway",
    "hierarchy",
    "ledger",
    "routing",
    "storage",
    "telemetry",
    "training",
    "upstreams",
    "web",
    "wire",
]
HOMES = {
    "app/planted_home.py": "import fen.upstreams",
    "arena/planted_home.py": "import scipy",
    "catalogue/planted_home.py": "import genai_prices",
    "cli/planted_home.py": "import click, rich",
    "evals/planted_home.py": "import scipy",
    "hierarchy/planted_home.py": "import lxml.etree, pypdfium2",
    "storage/planted_home.py": "import pyarrow, sqlalchemy, alembic, psycopg",
    "telemetry/planted_home.py": "import opentelemetry.trace, prometheus_client",
    "upstreams/planted_home.py": "import any_llm, botocore, httptools, xllamacpp",
    "web/planted_home.py": "import starlette, uvicorn",
}
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--config", str(ROOT / ".importlinter"), "--no-cache"],
        env={**os.environ, "PYTHONPATH": str(source)},
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The source, with rooms that are still to be built, and with every library in its own room."""
    shutil.copytree(ROOT / "src" / "fen", tmp_path / "fen", ignore=shutil.ignore_patterns("__pycache__"))
    for room in ROOMS:
        (tmp_path / "fen" / room).mkdir(exist_ok=True)
        (tmp_path / "fen" / room / "__init__.py").touch()
    for module, line in HOMES.items():
        (tmp_path / "fen" / module).write_text(f"{line}\n")
    return tmp_path


def test_every_library_is_welcome_in_its_own_room(source: Path) -> None:
    done = lint(source)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("wire/planted.py", "import fen.gateway", "Each room imports only rooms below it"),
        ("hierarchy/planted.py", "import fen.routing", "Each room imports only rooms below it"),
        ("drawer/__init__.py", "", "Each room imports only rooms below it"),
        ("gateway/planted.py", "import fen.upstreams", "Only the composition root knows the upstreams"),
        ("web/planted.py", "import fen.upstreams", "Only the composition root knows the upstreams"),
        ("evals/planted.py", "import torch.nn", "Libraries without a room stay outside"),
        (
            "gateway/planted.py",
            "from starlette.requests import Request",
            "Web frameworks, pages and the HTTP server live in web",
        ),
        ("cli/planted.py", "import uvicorn", "Web frameworks, pages and the HTTP server live in web"),
        ("gateway/planted.py", "import httptools", "HTTP clients and the embedded model live in upstreams"),
        ("app/planted.py", "import any_llm", "HTTP clients and the embedded model live in upstreams"),
        ("app/planted.py", "import xllamacpp", "HTTP clients and the embedded model live in upstreams"),
        ("ledger/planted.py", "import sqlalchemy.orm", "SQL lives in storage and in a room's store"),
        ("web/planted.py", "import psycopg", "SQL lives in storage and in a room's store"),
        ("app/planted.py", "import rich.table", "The terminal lives in cli"),
        ("gateway/planted.py", "from opentelemetry import trace", "Instruments live in telemetry"),
        ("gateway/planted.py", "import pypdfium2", "Readers of files live in hierarchy"),
        ("ledger/planted.py", "import genai_prices", "Foreign prices live in catalogue"),
        ("evals/planted.py", "import pyarrow.parquet", "Columns in files live in storage"),
        (
            "gateway/planted.py",
            "import scipy.stats",
            "Fits and distributions live in arena, evals and routing",
        ),
    ],
)
def test_a_breach_is_caught(source: Path, module: str, line: str, contract: str) -> None:
    planted = source / "fen" / module
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"{line}\n")
    done = lint(source)
    assert done.returncode == 1, done.stdout + done.stderr
    assert contract in done.stdout
    assert "BROKEN" in next(row for row in done.stdout.splitlines() if row.startswith(contract))
