"""What trained weights say of themselves, and when it is not believed."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.app.manifest import (
    Manifest,
    Origin,
    Score,
    check_contents,
    hash_file,
    list_files,
    name_manifest,
    read_manifest,
    read_manifests,
    write_manifest,
)
from fen.app.tables import EmbeddedTable
from fen.wire.errors import ConfigError


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "mine.f16.gguf"
    path.write_bytes(b"GGUF and more")
    return path


def make(weights: Path) -> Manifest:
    return Manifest(
        name="mine",
        kind="adapter",
        base=Origin("SmolLM2-135M-Instruct.Q4_1.gguf", "b" * 64),
        sha256=hash_file(weights),
        bytes=weights.stat().st_size,
        trained="2026-11-26",
        data=(Origin("treatment.jsonl", "d" * 64),),
        recipe={"rank": 8, "rate": 2e-4, "device": "cpu", "packed": False},
        scores=(Score("unseen families, conflict", "treatment", 41.5, 36.0, 47.0, 400),),
        command="make train-default",
        libraries={"torch": "2.13.0"},
        license="apache-2.0",
    )


def test_a_manifest_comes_back_as_it_was_written(weights: Path) -> None:
    manifest = make(weights)
    assert write_manifest(weights, manifest) == weights.parent / "mine.f16.manifest.json"
    assert read_manifest(weights) == manifest
    assert sorted(path.name for path in weights.parent.iterdir()) == [
        "mine.f16.gguf",
        "mine.f16.manifest.json",
    ]
    check_contents(weights, manifest)


def test_files_without_a_manifest_have_none(weights: Path) -> None:
    assert read_manifest(weights) is None
    other = weights.with_name("other.gguf")
    other.write_bytes(b"GGUF")
    write_manifest(other, make(other))
    table = EmbeddedTable(model=str(weights), loras=[str(other)])
    assert list_files(table) == (weights, other)
    assert [manifest.bytes for manifest in read_manifests(list_files(table))] == [4]
    assert list_files(EmbeddedTable()) == ()


def test_a_file_that_grew_is_told(weights: Path) -> None:
    write_manifest(weights, make(weights))
    weights.write_bytes(b"GGUF and more!")
    with pytest.raises(ConfigError, match=r"found 14 bytes, expected 13 by mine\.f16\.manifest\.json"):
        read_manifest(weights)


def test_a_file_of_the_same_size_is_told_by_its_hash(weights: Path) -> None:
    manifest = make(weights)
    weights.write_bytes(b"GGUF and less")
    with pytest.raises(ConfigError, match=f"found the SHA-256 [0-9a-f]+, expected {manifest.sha256}"):
        check_contents(weights, manifest)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", "truncated"),
        (b"[" * 100_000, "."),
        (b"{}", "missing required field `name`"),
        (b'{"name": 1}', r"\$\.name"),
        (b"\xff", "."),
    ],
)
def test_a_malformed_manifest_is_told(weights: Path, text: bytes, found: str) -> None:
    name_manifest(weights).write_bytes(text)
    with pytest.raises(
        ConfigError, match=f"manifest.json: .*{found}.*, expected the manifest of mine.f16.gguf"
    ):
        read_manifest(weights)


def test_a_member_that_nobody_knows_is_told(weights: Path) -> None:
    path = write_manifest(weights, make(weights))
    path.write_text(path.read_text().replace('"trained"', '"trainde": 1, "trained"'))
    with pytest.raises(ConfigError, match="trainde"):
        read_manifest(weights)


def test_a_hash_is_a_hash(weights: Path) -> None:
    write_manifest(weights, replace(make(weights), sha256="b179"))
    with pytest.raises(ConfigError, match=r"\$\.sha256"):
        read_manifest(weights)
