"""What surrounds training, without torch: checkpoints, progress, batches, room and libraries."""

import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fen.training import libraries, progress, room
from fen.training.checkpoints import claim_folder, find_checkpoint
from fen.training.forgetting import choose_replay, make_replay
from fen.training.generate import Question, Written, make_batches
from fen.training.progress import Watch, tell_answers
from fen.training.recipe import Place, Recipe
from fen.training.texts import Example, Turn
from fen.wire.errors import ConfigError

CPU = Place("cpu", "fp32")


def make_checkpoint(folder: Path, step: int, *, whole: bool) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    (path / "trainer_state.json").write_text("{}")
    if whole:
        (path / "complete").touch()
    return path


def test_only_a_whole_checkpoint_counts_and_the_last_of_them(tmp_path: Path) -> None:
    assert find_checkpoint(tmp_path) is None
    make_checkpoint(tmp_path, 300, whole=False)
    assert find_checkpoint(tmp_path) is None
    make_checkpoint(tmp_path, 90, whole=True)
    last = make_checkpoint(tmp_path, 100, whole=True)
    assert find_checkpoint(tmp_path) == last


def test_a_folder_belongs_to_one_run(tmp_path: Path) -> None:
    for _ in range(2):
        with claim_folder(tmp_path, {"b": 1, "a": 2}):
            pass
    with pytest.raises(ConfigError, match="another recipe or other data"), claim_folder(tmp_path, {"a": 3}):
        pytest.fail("claimed")


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    queue: Any = multiprocessing.get_context("fork").Queue()

    def claim() -> None:
        try:
            with claim_folder(tmp_path, 1):
                queue.put("claimed")
        except ConfigError as error:
            queue.put(error.message)

    with claim_folder(tmp_path, 1):
        other = multiprocessing.get_context("fork").Process(target=claim)
        other.start()
        told = queue.get(timeout=20)
        other.join()
    assert "found a process that trains in it" in told


def test_progress_tells_pace_and_what_is_left() -> None:
    watch = Watch()
    watch.look(0, 100, {"loss": 0.0}, 50.0)
    line = watch.look(10, 100, {"loss": 1.5, "learning_rate": 2e-4, "num_tokens": 5000}, 60.0)
    assert (line.tokens_per_second, line.eta) == (500.0, 90.0)
    assert line.describe("arm") == "arm: step 10 of 100, loss 1.5000, 500 tokens/s, 1 min 30 s left"
    line = watch.look(20, 100, {"loss": 1.0, "num_tokens": 9000}, 64.0)
    assert (line.tokens_per_second, line.eta) == (1000.0, 32.0)
    assert line.describe("arm").endswith("1,000 tokens/s, 32 s left")


def test_progress_of_a_run_that_goes_on_starts_without_a_pace() -> None:
    line = Watch().look(60, 100, {"loss": 1.0, "num_tokens": 400}, 5.0)
    assert (line.tokens_per_second, line.eta) == (None, None)
    assert line.describe("arm") == "arm: step 60 of 100, loss 1.0000"


def test_batches_hold_each_question_once_one_limit_and_no_more_than_fits() -> None:
    lengths = [5, 40, 7, 300, 12, 12, 90, 3]
    questions = [
        Question(str(at), "a", (Turn("user", "x"),), 8 if at % 2 else 16) for at in range(len(lengths))
    ]
    batches = list(make_batches(questions, [[0] * length for length in lengths], 120))
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        (limit,) = {questions[at].max_tokens for at in batch}
        longest = max(lengths[at] for at in batch) + limit
        assert len(batch) == 1 or longest * len(batch) <= 120


def test_a_step_ends_with_who_started_it() -> None:
    code = "import time; from fen.training.__main__ import tie_to_input; tie_to_input(); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as step:
        with pytest.raises(subprocess.TimeoutExpired):
            step.wait(1)
        assert step.stdin is not None
        step.stdin.close()
        assert step.wait(60) == 1


def test_answers_are_told_of_at_most_twice_a_minute_and_not_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 10.0, 40.0, 60.0, 100.0, 200.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    look = tell_answers("ifeval", 1_000)
    for done in (100, 400, 500, 800, 1_000):
        look(done)
    assert capsys.readouterr().err.splitlines() == [
        "ifeval: 400 of 1,000 answers, 1 min 00 s left",
        "ifeval: 800 of 1,000 answers, 25 s left",
    ]


def test_replay_leaves_out_answers_without_text_and_takes_its_share() -> None:
    questions = [Question(str(at), "replay", (Turn("user", f"say {at}"),)) for at in range(40)]
    written = [Written(str(at), " " if at == 3 else f"answer {at}", 2, ended=at != 5) for at in range(40)]
    rows = make_replay(questions, written)
    assert [row.id for row in rows if row.cut] == ["5"]
    assert [row.id for row in rows] == [str(at) for at in range(40) if at != 3]
    assert rows[0] == Example("0", questions[0].messages, "answer 0")
    assert len(choose_replay(rows, 88, 0.12)) == 12  # 12 of 100
    assert choose_replay(rows, 88, 0.0) == []
    assert choose_replay(rows, 10**6, 0.5) == rows


def write_base(folder: Path, weights: int) -> Path:
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"0" * weights)
    (folder / "config.json").write_text('{"hidden_size": 576, "num_hidden_layers": 30, "vocab_size": 49152}')
    return folder


def test_too_little_memory_or_disk_is_told_before_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, memory = write_base(tmp_path / "base", 4000), tmp_path / "meminfo"
    monkeypatch.setattr(room, "_MEMORY", memory)
    memory.write_text("MemTotal: 99999999 kB\nMemAvailable: 9999999 kB\n")
    room.check_room(base, tmp_path / "work", Recipe(), CPU)
    memory.write_text("MemTotal: 99999999 kB\nMemAvailable: 500000 kB\n")
    with pytest.raises(ConfigError, match=r"found 0.5 GiB of free memory, expected 1.8 GiB"):
        room.check_room(base, tmp_path / "work", Recipe(), CPU)
    memory.unlink()  # not Linux
    room.check_room(base, tmp_path / "work", Recipe(), CPU)
    monkeypatch.setattr(room, "_SPARE", 1 << 60)
    with pytest.raises(ConfigError, match="GiB of free disk, expected"):
        room.check_room(base, tmp_path / "work", Recipe(), CPU)


def test_a_base_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    with pytest.raises(ConfigError, match=r"found no \*.safetensors"):
        room.check_room(tmp_path / "base", tmp_path / "work", Recipe(), CPU)
    (tmp_path / "base" / "model.safetensors").write_bytes(b"0")
    with pytest.raises(ConfigError, match="expected a model's configuration"):
        room.check_room(tmp_path / "base", tmp_path / "work", Recipe(), CPU)


def test_a_missing_library_is_told_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "LIBRARIES", ("msgspec", "no-such-library"))
    with pytest.raises(ConfigError, match=r"found no no-such-library, expected Fen's extra `train`"):
        libraries.check_libraries()
    assert libraries.find_versions()["no-such-library"] is None
