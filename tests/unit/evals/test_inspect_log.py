import struct
import sys
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fen.evals import inspect_archive
from fen.evals.inspect_log import read_eval_log
from fen.evals.inspect_score import Scored, score_sample, to_value
from fen.evals.record import Run
from fen.wire.errors import ConfigError
from fen.wire.money import Money
from tests.fakes.inspect_logs import MODEL, make_header, make_sample, make_spec, write_log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.eval"


def test_a_log_is_a_run_with_a_record_for_each_sample_and_epoch(path: Path) -> None:
    write_log(path, [make_sample(name, epoch) for epoch in (1, 2) for name in ("one", 2)])
    run, records = read_eval_log(path, dimension="calculation")
    assert run == Run(
        id="run_inspect_e1",
        model=MODEL,
        suites=("inspect:sums",),
        started=datetime(2026, 1, 31, 10, 0, 1, tzinfo=UTC),
        ended=datetime(2026, 1, 31, 10, 0, 9, tzinfo=UTC),
        limit=2,
        epochs=2,
        options={"inspect:sums.level": "1"},
    )
    assert [(record.sample, record.epoch) for record in records] == [
        ("one", 0),
        ("2", 0),
        ("one", 1),
        ("2", 1),
    ]
    first = records[0]
    assert (first.run, first.suite, first.version, first.scorer) == (
        run.id,
        "inspect:sums",
        "2",
        "inspect:exact",
    )
    assert (first.score.outcome, first.score.value, first.score.answer) == ("correct", 1.0, "2")
    assert (first.dimension, first.seconds, first.cost, first.judge_cost) == ("calculation", 1.5, None, None)


def test_the_same_log_is_the_same_run(path: Path, tmp_path: Path) -> None:
    write_log(path, [make_sample()])
    again = write_log(tmp_path / "copy.eval", [make_sample()])
    assert read_eval_log(path) == read_eval_log(again)


def test_a_run_that_was_not_finished_is_read_from_its_journal(path: Path) -> None:
    write_log(path, [make_sample()], {"version": 2, "eval": make_spec(), "plan": {}}, "_journal/start.json")
    run, records = read_eval_log(path)
    assert run.ended is None
    assert run.started == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert len(records) == 1


def test_usage_of_the_model_and_of_its_judge_are_told_apart(path: Path) -> None:
    usage = {
        MODEL: {
            "input_tokens": 5,
            "output_tokens": 9,
            "input_tokens_cache_read": 3,
            "input_tokens_cache_write": 2,
            "reasoning_tokens": 4,
            "total_cost": 0.1,
        },
        "openai/judge": {"input_tokens": 50, "output_tokens": 60, "total_cost": 0.002},
    }
    write_log(path, [make_sample(model_usage=usage)])
    (record,) = read_eval_log(path)[1]
    assert (record.input_tokens, record.output_tokens, record.reasoning_tokens) == (10, 9, 4)
    assert record.cost == Money(Decimal("0.1"), "USD")
    assert record.judge_cost == Money(Decimal("0.002"), "USD")


def test_nan_which_is_no_json_is_read(path: Path) -> None:
    write_log(path, [make_sample(value=float("nan"))])
    (record,) = read_eval_log(path)[1]
    assert record.score.outcome == "format_error"
    assert record.score.detail == {"scores": {"exact": None}}


def test_an_interval_of_samples_is_a_limit(path: Path) -> None:
    write_log(path, [], make_header(config={"limit": [10, 25]}, scorers=None))
    assert read_eval_log(path)[0].limit == 15


def given(value: Any = "I", stop: str = "stop", **members: Any) -> Scored:
    import msgspec

    sample = make_sample(value=value, **members)
    if "output" not in members:
        sample["output"] = {"choices": [{"stop_reason": stop}]}
    return msgspec.convert(sample, Scored)


@pytest.mark.parametrize(
    ("sample", "outcome"),
    [
        (given("C"), "correct"),
        (given(1), "correct"),
        (given(True), "correct"),
        (given("C", "max_tokens"), "correct"),
        (given("I"), "wrong"),
        (given("P"), "wrong"),
        (given(0.99), "wrong"),
        (given("I", "max_tokens"), "truncated"),
        (given("I", "model_length"), "truncated"),
        (given("I", limit={"type": "token", "limit": 100}), "truncated"),
        (given("I", "content_filter"), "refused"),
        (given("N"), "format_error"),
        (given("nonsense"), "format_error"),
        (given(scores={}), "format_error"),
        (given(scores=None), "format_error"),
        (given("C", error={"message": "boom", "traceback": "..."}), "api_error"),
        (given("I", output={"choices": []}), "wrong"),
    ],
)
def test_how_a_sample_ended_is_its_outcome(sample: Scored, outcome: str) -> None:
    assert score_sample(sample, "exact").outcome == outcome


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("C", 1.0),
        ("P", 0.5),
        ("I", 0.0),
        ("N", 0.0),
        ("yes", 1.0),
        ("False", 0.0),
        ("0.25", 0.25),
        (0.3, 0.3),
        (7, 1.0),
        (-1, 0.0),
        (True, 1.0),
        ({"a": 1, "b": 0.5, "c": "what"}, 0.75),
        ([1, 0], 0.5),
        ([], None),
        ("what", None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_values_are_read_as_inspect_reads_them(value: Any, expected: float | None) -> None:
    assert to_value(value) == expected


def test_what_is_no_log_is_told(path: Path, tmp_path: Path) -> None:
    path.write_text("no zip")
    with pytest.raises(
        ConfigError, match=r"a\.eval: found File is not a zip file, expected a log of Inspect's"
    ):
        read_eval_log(path)
    with pytest.raises(ConfigError, match="expected a log of Inspect's"):
        read_eval_log(tmp_path / "missing.eval")
    write_log(path, [], {}, "other.json")
    with pytest.raises(ConfigError, match=r"found no header\.json"):
        read_eval_log(path)
    write_log(path, [], {"eval": {"task": "x"}})
    with pytest.raises(ConfigError, match=r"header\.json: found Object missing required field"):
        read_eval_log(path)


def test_a_member_that_would_fill_the_memory_is_not_unpacked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(path, [make_sample(events=["x" * 5000])])
    monkeypatch.setattr(inspect_archive, "MOST", 4000)
    with pytest.raises(ConfigError, match="expected at most 4000"):
        read_eval_log(path)


def test_a_broken_member_is_told(path: Path) -> None:
    write_log(path, [make_sample()])
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("header.json")
        start = info.header_offset + 30 + len(info.filename)
    data = bytearray(path.read_bytes())
    data[start : start + 20] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"found header\.json broken"):
        read_eval_log(path)


def mark_as_zstandard(path: Path) -> None:
    """Say of each member that it is packed by method 93, in its local header and in the directory."""
    data = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.find(signature)
        while at >= 0:
            struct.pack_into("<H", data, at + place, 93)
            at = data.find(signature, at + 4)
    path.write_bytes(data)


def test_without_the_library_for_zstandard_the_extra_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(path, [make_sample()])
    mark_as_zstandard(path)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ConfigError, match=r"expected Fen's extra `inspect`: pip install 'fen\[inspect\]'"):
        read_eval_log(path)


def test_what_is_not_packed_as_it_says_is_told(path: Path) -> None:
    pytest.importorskip("zstandard")
    write_log(path, [make_sample()])
    mark_as_zstandard(path)
    with pytest.raises(ConfigError, match=r"found header\.json broken"):
        read_eval_log(path)
