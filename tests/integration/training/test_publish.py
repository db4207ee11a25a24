"""A trained adapter is written, described and found by `fen models`."""

import json
from pathlib import Path
from typing import Any

import pytest

from fen.app.manifest import check_contents, read_manifest
from fen.cli.program import run
from fen.training.adapter import export_adapter
from fen.training.publish import Publication, publish
from fen.training.weights import find_origin, open_folder
from fen.wire.errors import InvalidRequest
from tests.fakes.small_llama import make_adapter, make_folder, need_training

# PEFT asks a model by a name that transformers is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")


@pytest.fixture(scope="module", autouse=True)
def torch() -> Any:
    return need_training()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, torch: Any) -> Path:
    return make_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapter(tmp_path_factory.mktemp("adapter"), base)


def test_the_command_writes_what_fen_models_shows(
    adapter: Path, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    out = tmp_path / "mine.gguf"
    words = ["hierarchy", "export", str(adapter), "--out", str(out), "--command", "make it"]
    assert run(words) == 0, capsys.readouterr().err
    manifest = read_manifest(out)
    assert manifest is not None
    check_contents(out, manifest)
    assert (manifest.name, manifest.kind, manifest.base) == ("mine", "adapter", find_origin(base))
    assert (tmp_path / "mine.md").read_text().startswith("# mine\n")
    config = tmp_path / "fen.toml"
    config.write_text('[embedded."fen/mine"]\nloras = ["mine.gguf"]\n')
    monkeypatch.setenv("FEN_HOME", str(tmp_path / "home"))
    capsys.readouterr()
    assert run(["models", "fen/mine", "--config", str(config), "--json"]) == 0
    [model] = json.loads(capsys.readouterr().out)
    assert model["manifests"][0]["sha256"] == manifest.sha256


def test_a_merged_models_base_is_the_file_that_it_was_made_of(
    adapter: Path, base: Path, tmp_path: Path
) -> None:
    first = publish(Publication(adapter, tmp_path / "first.gguf", "first", form="model", kind="f32"))
    folder = open_folder(tmp_path / "first.gguf", tmp_path / "cache")
    origin = find_origin(folder)
    assert (origin.name, origin.sha256) == ("first.gguf", first.sha256)
    assert first.base == find_origin(base)


@pytest.mark.parametrize(
    ("lora", "found"),
    [
        ({"use_dora": True}, "use_dora"),
        ({"modules_to_save": ["norm"], "target_modules": ["q_proj"]}, "modules_to_save"),
        ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
    ],
)
def test_what_llama_cpp_has_no_place_for_is_told(base: Path, tmp_path: Path, lora: Any, found: str) -> None:
    odd = make_adapter(tmp_path / "odd", base, **lora)
    with pytest.raises(
        InvalidRequest, match=f"found {found}, expected plain LoRA; such an adapter can be merged"
    ):
        export_adapter(odd, tmp_path / "odd.gguf", "odd")
    assert not (tmp_path / "odd.gguf").exists()


def test_an_adapter_without_its_base_is_told(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"found no Hugging Face folder .*, expected its base model's"):
        publish(Publication(adapter, tmp_path / "mine.gguf", "mine", base=tmp_path / "none"))
    with pytest.raises(
        InvalidRequest, match=r"found the file mine\.bin, expected a name that ends in \.gguf"
    ):
        publish(Publication(adapter, tmp_path / "mine.bin", "mine"))
    with pytest.raises(InvalidRequest, match=r"adapter_config\.json: .*expected a file of JSON"):
        publish(Publication(tmp_path, tmp_path / "mine.gguf", "mine"))
    (adapter / "adapter_model.safetensors").rename(adapter / "away")
    with pytest.raises(InvalidRequest, match="expected an adapter's weights"):
        publish(Publication(adapter, tmp_path / "mine.gguf", "mine"))
    (adapter / "away").rename(adapter / "adapter_model.safetensors")
