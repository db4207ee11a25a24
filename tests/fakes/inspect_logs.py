"""Writes logs in the layout of Inspect's: its older versions packed members by deflate, as this does."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MODEL = "openai-api/fen/m"


def make_spec(**members: Any) -> dict[str, Any]:
    """What a log says of its task; members replace what stands otherwise."""
    spec = {
        "eval_id": "e1",
        "run_id": "r1",
        "created": "2026-01-31T10:00:00+00:00",
        "task": "sums",
        "task_version": 2,
        "task_args": {"level": 1},
        "dataset": {"samples": 2},
        "model": MODEL,
        "config": {"epochs": 2, "limit": 2},
        "scorers": [{"name": "exact", "options": {}}],
    }
    return {**spec, **members}


def make_header(**spec: Any) -> dict[str, Any]:
    """A whole log's `header.json`."""
    stats = {"started_at": "2026-01-31T10:00:01+00:00", "completed_at": "2026-01-31T10:00:09+00:00"}
    return {"version": 2, "status": "success", "eval": make_spec(**spec), "stats": stats}


def make_sample(name: int | str = "one", epoch: int = 1, value: Any = "C", **members: Any) -> dict[str, Any]:
    """A sample as it is logged, right unless a value is given."""
    sample = {
        "id": name,
        "epoch": epoch,
        "input": "1 + 1?",
        "target": "2",
        "messages": [],
        "output": {"model": MODEL, "choices": [{"stop_reason": "stop", "message": {"content": "2"}}]},
        "scores": {"exact": {"value": value, "answer": "2", "history": []}},
        "model_usage": {MODEL: {"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}},
        "events": [{"event": "whatever"}],
        "total_time": 2.5,
        "working_time": 1.5,
    }
    return {**sample, **members}


def write_log(
    path: Path, samples: Iterable[Mapping[str, Any]], header: Any = None, name: str = "header.json"
) -> Path:
    """Write a log, and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for sample in samples:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        archive.writestr("summaries.json", "[]")
        archive.writestr(name, json.dumps(header if header is not None else make_header()))
    return path
