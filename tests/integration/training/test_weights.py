"""Weights from GGUF to a Hugging Face folder and back, with a small random model and the real one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fen.training.door import load_library
from fen.training.export import export_model
from fen.training.gguf_file import GgufFile
from fen.training.weights import open_folder
from fen.wire.errors import ConfigError, InvalidRequest
from tests.fakes.small_llama import make_folder, need_training
from tests.sizes import is_proving
from tests.weights import find_weights

TEXTS = (
    "Hello, I'm 1234 years   old.",
    "\n\nthe thing on the other end\t- again",
    "Über 中文 😀 <|im_start|>user\n<|im_end|>",
    "",
)


@pytest.fixture(scope="module", autouse=True)
def torch() -> Any:
    return need_training()


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("model"), tied=request.param)


def load(folder: Path) -> Any:
    transformers = load_library("transformers")

    return transformers.AutoModelForCausalLM.from_pretrained(folder)


def tokenizer(folder: Path) -> Any:
    transformers = load_library("transformers")

    return transformers.AutoTokenizer.from_pretrained(folder)


def test_a_folder_is_used_as_it_is(folder: Path, tmp_path: Path) -> None:
    assert open_folder(folder, tmp_path / "cache") == folder
    assert not (tmp_path / "cache").exists()


def test_there_and_back_gives_equal_tensors(folder: Path, tmp_path: Path, torch: Any) -> None:
    out = tmp_path / "small.gguf"
    export_model(folder, out, "small", "f32")
    back = open_folder(out, tmp_path / "cache")
    ours, theirs = load(back).state_dict(), load(folder).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    again = tmp_path / "again.gguf"
    export_model(back, again, "small", "f32")
    assert again.read_bytes() == out.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_half_the_bits_are_near(folder: Path, tmp_path: Path, torch: Any) -> None:
    out = tmp_path / "small.gguf"
    export_model(folder, out, "small", "f16")
    found, wanted = load(open_folder(out, tmp_path)).state_dict(), load(folder).state_dict()
    for name, weight in wanted.items():
        half = weight.half().float() if weight.ndim > 1 else weight
        assert torch.equal(found[name], half), name


def test_the_tokenizer_and_its_chats_come_along(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.gguf"
    export_model(folder, out, "small", "f32")
    ours, theirs = tokenizer(open_folder(out, tmp_path)), tokenizer(folder)
    chat = [{"role": "system", "content": TEXTS[1]}, {"role": "user", "content": TEXTS[2]}]
    assert [ours(text).input_ids for text in TEXTS] == [theirs(text).input_ids for text in TEXTS]
    assert ours.apply_chat_template(chat, tokenize=False) == theirs.apply_chat_template(chat, tokenize=False)
    assert (ours.bos_token_id, ours.eos_token_id, ours.pad_token_id, ours.unk_token_id) == (1, 2, 2, 0)
    assert ours("the thing").input_ids != list(b"the thing")


def test_rows_without_a_token_are_filled_up(folder: Path, tmp_path: Path) -> None:
    transformers = load_library("transformers")

    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    model.resize_token_embeddings(320, mean_resizing=False)
    model.save_pretrained(tmp_path / "wide")
    tokenizer(folder).save_pretrained(tmp_path / "wide")
    out = tmp_path / "wide.gguf"
    export_model(tmp_path / "wide", out, "wide", "f32")
    tokens = GgufFile(out).read("tokenizer.ggml.tokens")
    assert (len(tokens), tokens[-1]) == (320, f"[PAD{320 - len(tokenizer(folder)) - 1}]")


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("hello")
    cases = {
        "none": "found nothing, expected a GGUF file or a Hugging Face folder",
        ".": r"found no config\.json in it",
        "text.gguf": "found a file that begins with b'hell', expected a GGUF file",
    }
    for name, message in cases.items():
        with pytest.raises(InvalidRequest, match=message):
            open_folder(tmp_path / name, tmp_path / "cache")


def test_a_file_cut_short_is_told(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.gguf"
    export_model(folder, out, "small", "f32")
    whole = out.read_bytes()
    for size in (10, 3000, len(whole) // 2, len(whole) - 40):
        out.write_bytes(whole[:size])
        with pytest.raises(InvalidRequest, match=r"small\.gguf: .*expected a whole GGUF file"):
            open_folder(out, tmp_path / "cache")


def test_too_little_disk_is_told_before_anything_is_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fen.training import gguf_writing, weights

    class Usage:
        free = 1000

    out = tmp_path / "small.gguf"
    export_model(folder, out, "small", "f32")
    for module in (weights, gguf_writing):
        monkeypatch.setattr(module.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(ConfigError, match="found 1000 bytes free on its disk, expected"):
        open_folder(out, tmp_path / "cache")
    with pytest.raises(ConfigError, match="found 1000 bytes free on its disk, expected"):
        export_model(folder, tmp_path / "more.gguf", "small", "f32")
    assert list((tmp_path / "cache").iterdir()) == []
    assert not (tmp_path / "more.gguf").exists()


def test_another_architecture_is_told(folder: Path, tmp_path: Path) -> None:
    for member, value in (("model_type", "mistral"), ("hidden_act", "gelu"), ("attention_bias", True)):
        other = tmp_path / member
        shutil.copytree(folder, other)
        told = json.loads((other / "config.json").read_text()) | {member: value}
        (other / "config.json").write_text(json.dumps(told))
        with pytest.raises(InvalidRequest, match=f"found {member} = {value!r}, expected"):
            export_model(other, tmp_path / "other.gguf", "other")


@pytest.mark.skipif(not is_proving(), reason="runs with FEN_PROVE=1: half a minute")
def test_the_real_weights_are_read_as_transformers_reads_them(tmp_path: Path, torch: Any) -> None:
    transformers = load_library("transformers")

    source = find_weights()
    folder = open_folder(source, tmp_path)
    ours = load(folder).state_dict()
    theirs = transformers.AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name)
    assert ours.keys() == theirs.state_dict().keys()
    assert all(torch.equal(ours[name], weight.float()) for name, weight in theirs.state_dict().items())
    other = transformers.AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    assert [tokenizer(folder)(text).input_ids for text in TEXTS] == [other(text).input_ids for text in TEXTS]
