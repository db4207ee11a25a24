"""lm-eval, as a program of its own, against a served model: what it asked, heard and found right."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

HARNESS = Path(__file__).parents[3] / "build/lm_eval"

SECONDS = 3000
"""How long a run may take; a busy machine is no fault of anybody's."""


class Judged(msgspec.Struct, frozen=True):
    """One sample of a task: what was asked and answered; right: by filter."""

    doc: int
    messages: list[dict[str, Any]]
    text: str
    right: dict[str, bool]


def find_harness() -> Path:
    """Return the folder of lm-eval's programs; skips the test where it is not installed."""
    if not (HARNESS / ".installed").exists():
        pytest.skip("lm-eval is not installed: run scripts/lm_eval.sh")
    return HARNESS / "bin"


def run_task(task: dict[str, Any], url: str, model: str, folder: Path, limit: int) -> list[Judged]:
    """Run a task against the chat completions at `url`; blocks. The task reads local files alone."""
    (folder / "tasks").mkdir(parents=True)
    (folder / "tasks" / "task.yaml").write_text(json.dumps(task))  # JSON is YAML
    words = [str(find_harness() / "lm_eval"), "run", "--model", "local-chat-completions"]
    where = f"model={model},base_url={url}/v1/chat/completions"
    words += ["--model_args", f"{where},num_concurrent=2,max_retries=1,timeout={SECONDS}"]
    words += ["--tasks", task["task"], "--include_path", str(folder / "tasks"), "--limit", str(limit)]
    words += ["--apply_chat_template", "--log_samples", "--output_path", str(folder / "out")]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FEN_", "PYTHON"))}
    environ |= {"HOME": str(folder), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    environ |= {"OPENAI_API_KEY": "unused", "NLTK_DATA": str(HARNESS / "nltk_data")}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-4000:]
    [log] = (folder / "out").rglob("samples_*.jsonl")
    return _read(log)


def _read(log: Path) -> list[Judged]:
    judged: dict[int, Judged] = {}
    for line in log.read_text().splitlines():
        row = json.loads(line)
        before = judged.get(row["doc_id"])
        right = (before.right if before else {}) | {row["filter"]: row["exact_match"] == 1.0}
        messages = json.loads(row["arguments"]["gen_args_0"]["arg_0"][0])
        judged[row["doc_id"]] = Judged(row["doc_id"], messages, row["resps"][0][0], right)
    return [judged[number] for number in sorted(judged)]
