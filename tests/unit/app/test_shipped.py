"""The adapter that comes with Fen: for one model, where it is turned on, and only the one shipped."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.app import EMBEDDED, shipped
from fen.app.embedded import list_embedded
from fen.app.manifest import Manifest, Origin, hash_file, name_manifest, read_manifest, write_manifest
from fen.app.settings import load_settings
from fen.app.shipped import MOST_BYTES, SHIPPED, add_shipped, check_shipped
from fen.app.tables import EmbeddedTable
from fen.upstreams import SMOLLM2
from fen.wire.errors import ConfigError

ON = EmbeddedTable(shipped_adapter=True)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    path = tmp_path / "shipped.gguf"
    path.write_bytes(b"GGUF")
    base = Origin(SMOLLM2.member, SMOLLM2.sha256)
    write_manifest(path, Manifest("shipped", "adapter", base, hash_file(path), 4, "2026-11-26"))
    return path


def test_the_model_that_comes_with_fen_has_it(adapter: Path) -> None:
    plain = EmbeddedTable(loras=["mine.gguf"], shipped_adapter=True)
    found = add_shipped(EMBEDDED, plain, adapter)
    assert found.loras == [str(adapter), "mine.gguf"]
    check_shipped(found, adapter)


def test_no_other_has_it(adapter: Path) -> None:
    for name, table in (
        ("fen/mine", EmbeddedTable(shipped_adapter=True)),
        (EMBEDDED, EmbeddedTable(model="mine.gguf", shipped_adapter=True)),
        (EMBEDDED, EmbeddedTable()),
    ):
        assert add_shipped(name, table, adapter) == table
    check_shipped(EmbeddedTable(loras=["mine.gguf"]), adapter)


def test_where_none_is_shipped_there_is_none(tmp_path: Path) -> None:
    assert add_shipped(EMBEDDED, ON, tmp_path / "none.gguf") == ON


def test_one_that_was_changed_stops_the_start(adapter: Path) -> None:
    table = add_shipped(EMBEDDED, ON, adapter)
    adapter.write_bytes(b"FUGG")
    with pytest.raises(ConfigError, match="found the SHA-256"):
        check_shipped(table, adapter)
    name_manifest(adapter).unlink()
    with pytest.raises(ConfigError, match="found no manifest beside it"):
        check_shipped(table, adapter)


def test_one_of_other_weights_stops_the_start(adapter: Path) -> None:
    manifest = read_manifest(adapter)
    assert manifest is not None
    write_manifest(adapter, replace(manifest, base=Origin("other", "0" * 64)))
    with pytest.raises(ConfigError, match="found the base 000"):
        check_shipped(add_shipped(EMBEDDED, ON, adapter), adapter)


def test_a_setting_turns_it_on(adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped.add_shipped, "__defaults__", (adapter,))
    assert list_embedded(load_settings(None, {}))[EMBEDDED].loras == []
    config = tmp_path / "fen.toml"
    config.write_text(f'[embedded."{EMBEDDED}"]\nshipped_adapter = true')
    assert list_embedded(load_settings(config, {}))[EMBEDDED].loras == [str(adapter)]


def test_what_is_shipped_is_whole_small_and_of_these_weights() -> None:
    table = add_shipped(EMBEDDED, ON)
    assert table.loras == [str(SHIPPED)]
    check_shipped(table)
    assert SHIPPED.stat().st_size < MOST_BYTES
