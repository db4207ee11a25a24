"""`fen models NAME` shows what trained weights say of themselves."""

from pathlib import Path

import pytest

from fen.app.manifest import Manifest, Origin, Score, hash_file, name_manifest, write_manifest
from tests.integration.cli.conftest import Fen


@pytest.fixture
def adapter(config: Path) -> Path:
    """An adapter of a model that the configuration has, and its manifest."""
    path = config.parent / "mine.gguf"
    path.write_bytes(b"GGUF")
    with config.open("a") as file:
        file.write('\n[embedded."fen/mine"]\nloras = ["mine.gguf"]\n')
    manifest = Manifest(
        name="mine-hierarchy",
        kind="adapter",
        base=Origin("SmolLM2-135M-Instruct.Q4_1.gguf", "b" * 64),
        sha256=hash_file(path),
        bytes=4,
        trained="2026-11-26",
        data=(Origin("treatment.jsonl", "d" * 64),),
        recipe={"rank": 8, "rate": 2e-4},
        scores=(
            Score("conflict", "treatment", 41.52, 36.0, 47.0, 1400),
            Score("replay loss", "treatment", 1.5),
        ),
        command="make train-default",
    )
    write_manifest(path, manifest)
    return path


def test_a_models_manifest_is_shown_with_its_scores(fen: Fen, adapter: Path) -> None:
    out = fen("models", "fen/mine").out
    assert "fen/mine: adapter mine-hierarchy, trained 2026-11-26" in out
    assert f"file: 4 bytes ({hash_file(adapter)})" in out
    assert f"data: treatment.jsonl ({'d' * 64})" in out
    assert "recipe: rank 8, rate 0.0002" in out
    assert "made by: make train-default" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["conflict", "treatment", "41.5", "36.0", "47.0", "1,400"] in rows
    assert ["replay", "loss", "treatment", "1.5"] in rows


def test_the_list_of_all_shows_none(fen: Fen, adapter: Path) -> None:
    assert "mine-hierarchy" not in fen("models").out


def test_json_has_manifests_where_there_are_any(fen: Fen, adapter: Path) -> None:
    models = {model["id"]: model for model in fen("models", "--json").json}
    [manifest] = models["fen/mine"]["manifests"]
    assert manifest["base"] == {"name": "SmolLM2-135M-Instruct.Q4_1.gguf", "sha256": "b" * 64}
    assert manifest["scores"][0]["items"] == 1400
    assert "manifests" not in models["fen/smollm2-135m"]


def test_a_malformed_manifest_is_told(fen: Fen, adapter: Path) -> None:
    name_manifest(adapter).write_text("{")
    done = fen("models", "fen/mine")
    assert done.status != 0
    assert "mine.manifest.json: " in done.err
    assert "Traceback" not in done.err
