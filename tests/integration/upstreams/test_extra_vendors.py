"""The contract of the upstreams that need the extra `vendors`, where scripts/vendors.sh has installed it."""

import os
import subprocess
from pathlib import Path

import pytest

from fen.upstreams._any_llm_door import has_any_llm

ROOT = Path(__file__).parents[3]
VENV = ROOT / "build/vendors"
CONTRACT = ["tests/contract/upstreams/test_any_llm.py", "tests/contract/upstreams/test_every_upstream.py"]


def test_the_contract_holds_with_the_extra() -> None:
    if has_any_llm():
        pytest.skip("the extra is installed here: its tests run as all others")
    if not (VENV / ".installed").exists():
        pytest.skip("the extra vendors is not installed: run scripts/vendors.sh")
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not embedded", *CONTRACT]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [VENV / "bin/python", *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    assert "any-llm is not installed" not in done.stdout
