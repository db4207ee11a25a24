"""`fen eval agreement`, over a run that is kept."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fen.app import load_settings
from fen.app.eval_logs import keep_log
from fen.evals.record import Record, Run
from fen.evals.score import Score
from tests.integration.cli.conftest import Fen

SCORES = {"a": 5, "b": 4, "c": 2, "d": 1}
pytestmark = pytest.mark.usefixtures("config")


@pytest.fixture
def run(fen_home: Path) -> str:
    kept = Run(id="run_judged", model="m", suites=("finance",), started=datetime(2026, 1, 31, tzinfo=UTC))
    records = [
        Record(
            run=kept.id,
            suite="finance",
            version="1",
            scorer="judge:finance/1",
            sample=sample,
            score=Score("correct", 1.0, detail={"scores": {"accuracy": score, "style": 3}}),
            dimension="finance",
        )
        for sample, score in SCORES.items()
    ]
    asyncio.run(keep_log(load_settings(None, os.environ), kept, records))
    return kept.id


def test_a_judge_is_compared_with_people(fen: Fen, run: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label\na,5\nb,4\nc,3\nd,1\nx,2\n")
    told = fen("eval", "agreement", run, str(labels), "--criterion", "accuracy", "--json").json
    assert (told["n"], told["exact"], told["adjacent"]) == (4, 0.75, 1.0)
    assert 0.8 < told["weighted"] < 1
    rows = fen("eval", "agreement", run, str(labels)).rows
    assert rows[1][:2] == ["4", "50.0%"]  # means 4, 4, 3, 2 against 5, 4, 3, 1: two are equal
    assert "no criterion" in fen("eval", "agreement", run, str(labels), "--criterion", "tone").err
