"""A real log of Inspect's taken in; with Inspect itself, in its own environment, where it is proved."""

import importlib.util
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from fen.evals.inspect_archive import Archive
from fen.evals.inspect_log import read_eval_log
from fen.evals.record import Record
from fen.wire.errors import ConfigError
from tests.sizes import is_proving

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LOG = HERE / "inspect_kinds.eval"
PROGRAM = ROOT / "build/inspect/bin/inspect"
INSPECT = pytest.mark.skipif(
    not (is_proving() and PROGRAM.exists()),
    reason="runs with FEN_PROVE=1 where scripts/inspect.sh made build/inspect",
)
ZSTANDARD = pytest.mark.skipif(
    importlib.util.find_spec("zstandard") is None, reason="the log is packed with Zstandard"
)
OUTCOMES = {
    "right": ("correct", 1.0),
    "wrong": ("wrong", 0.0),
    "half": ("wrong", 0.5),
    "cut": ("truncated", 0.0),
    "filtered": ("refused", 0.0),
    "silent": ("format_error", 0.0),
    "unscored": ("format_error", 0.0),
    "limited": ("truncated", 0.0),
    "failed": ("api_error", 0.0),
}


def outcomes(records: list[Record]) -> dict[str, tuple[str, float]]:
    return {record.sample: (record.score.outcome, record.score.value) for record in records}


@ZSTANDARD
def test_a_log_that_inspect_wrote() -> None:
    run, records = read_eval_log(LOG)
    assert (run.model, run.suites, run.epochs) == ("mockllm/model", ("inspect:kinds",), 1)
    assert run.id.startswith("run_inspect_")
    assert run.options == {"inspect:kinds.names": '["right","cut","unscored","limited"]'}
    assert run.ended is not None
    assert 0 <= (run.ended - run.started).total_seconds() < 600
    assert outcomes(records) == {name: OUTCOMES[name] for name in ("right", "cut", "unscored", "limited")}
    right = records[0]
    assert (right.input_tokens, right.output_tokens, right.reasoning_tokens) == (12, 3, 1)
    assert (right.scorer, right.version, right.dimension) == ("inspect:graded", "0", "imported")
    assert right.score.answer == "2"
    assert right.score.detail == {"scores": {"graded": "C", "exact": "C"}, "explanation": "said '2'"}
    assert records[3].score.detail["limit"] == {"type": "custom", "limit": 1.0}


@ZSTANDARD
def test_another_of_its_scorers_may_count() -> None:
    _, records = read_eval_log(LOG, scorer="exact", dimension="calculation")
    assert outcomes(records)["unscored"] == ("wrong", 0.0)
    assert {record.dimension for record in records} == {"calculation"}
    with pytest.raises(ConfigError, match="no scorer 'best', expected one of graded, exact"):
        read_eval_log(LOG, scorer="best")


def test_the_log_is_packed_as_inspect_packs_today() -> None:
    with zipfile.ZipFile(LOG) as archive:
        assert {info.compress_type for info in archive.infolist()} == {93}


@ZSTANDARD
def test_the_committed_log_names_no_folder_of_a_machine() -> None:
    archive = Archive(LOG)
    texts = [archive.read(name).decode() for name in archive.names]
    archive.close()
    assert sum(len(text) for text in texts) > 20_000
    assert not [text for text in texts if re.search(r"/(?:tmp|root|home|opt|usr|work)/", text)]


@INSPECT
@ZSTANDARD
def test_a_log_that_inspect_writes_now(tmp_path: Path) -> None:
    words = ["eval", "inspect_kinds.py", "--epochs", "2", "--log-dir", str(tmp_path), "--display", "none"]
    environ = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run([PROGRAM, *words], cwd=HERE, env=environ, check=True, timeout=300)
    (log,) = tmp_path.glob("*.eval")
    run, records = read_eval_log(log)
    assert run.epochs == 2
    assert sorted((record.sample, record.epoch) for record in records) == sorted(
        (name, epoch) for name in OUTCOMES for epoch in (0, 1)
    )
    assert outcomes(records) == OUTCOMES
