"""A small student learns a distillation's answers by heart, and is served with them."""

import json
from pathlib import Path
from typing import Any

import pytest

from fen.app.manifest import check_contents, read_manifest
from fen.cli.program import run
from fen.training.distill.files import Source, describe_distillation, write_lessons
from fen.training.distill.kept import Lessons
from fen.training.texts import Example, Turn
from tests.fakes.small_llama import make_folder, need_training
from tests.integration.training.test_parity import say, serve

# TRL and PEFT use names that transformers is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing. is deprecated:FutureWarning")


@pytest.fixture(scope="module", autouse=True)
def torch() -> Any:
    return need_training()


async def test_a_student_is_trained_and_served(tmp_path: Path, monkeypatch: Any) -> None:
    base = make_folder(tmp_path / "base")
    asked = {"one": "the other thing", "two": "in the end"}
    examples = tuple(
        Example(f"t/{name}", (Turn("user", name),), answer, "t") for name, answer in asked.items()
    )
    lessons = Lessons(examples, (), {})
    told = describe_distillation("words", [Source("run_a", "x/large", ())], lessons)
    write_lessons(tmp_path / "set", lessons, told)
    monkeypatch.setenv("FEN_HOME", str(tmp_path / "home"))
    words = [
        "distill",
        "train",
        str(tmp_path / "set"),
        "--base",
        str(base),
        "--out",
        str(tmp_path / "s.gguf"),
    ]
    assert run([*words, "--epochs", "200", "--batch", "2", "--rate", "0.01", "--rank", "8"]) == 0
    manifest = read_manifest(tmp_path / "s.gguf")
    assert manifest is not None
    check_contents(tmp_path / "s.gguf", manifest)
    assert (manifest.data[0].name, manifest.data[0].sha256) == ("words", told.sha256)
    assert (manifest.recipe["rank"], manifest.kind) == (8, "adapter")
    chats = [[{"role": "user", "content": name}] for name in asked]
    assert say(base, tmp_path / "set/adapter", chats, 20).texts == list(asked.values())

    from fen.training.export import export_model

    export_model(base, tmp_path / "base.gguf", "base", "f32")
    table = 'model = "base.gguf"\nloras = ["s.gguf"]\ncontext_length = 512\n'
    assert (await serve(tmp_path, table, chats, 20)).texts == list(asked.values())
    assert json.loads((tmp_path / "set/results.json").read_text())["recipe"]["rank"] == 8
