"""A card says what the manifest says, in tables that are tables."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.app.manifest import Manifest, Origin, Score
from fen.training.card import show_card, write_card
from fen.wire.errors import ConfigError

MANIFEST = Manifest(
    name="SmolLM2 hierarchy",
    kind="adapter",
    base=Origin("SmolLM2-135M-Instruct.Q4_1.gguf", "b" * 64),
    sha256="a" * 64,
    bytes=4_890_000,
    trained="2026-11-26",
    data=(Origin("plan", "d" * 64),),
    recipe={"rank": 8, "ran on": "x86|64"},
    scores=(Score("unseen, conflict, en", "treatment", 41.52, 36.0, 47.04, 1400), Score("loss", "t", -1.25)),
    command="make train-default",
    libraries={"torch": "2.13.0"},
    license="apache-2.0",
)


def test_a_card_has_facts_scores_and_how_it_is_served() -> None:
    lines = show_card("mine.gguf", MANIFEST).splitlines()
    assert lines[0] == "# SmolLM2 hierarchy"
    assert f"| file | `mine.gguf`, 4,890,000 bytes, SHA-256 `{'a' * 64}` |" in lines
    assert "| ran on | x86\\|64 |" in lines
    assert "| unseen, conflict, en | treatment | 41.5 | 36.0 to 47.0 | 1,400 |" in lines
    assert "| loss | t | -1.2 |  |  |" in lines
    assert lines[lines.index("```toml") + 1 : lines.index("```toml") + 3] == [
        '[embedded."fen/smollm2-hierarchy"]',
        'loras = ["mine.gguf"]',
    ]
    assert "$ make train-default" in lines


def test_every_table_has_as_many_cells_in_each_row() -> None:
    text = show_card("mine.gguf", MANIFEST, "## More\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    tables = [part.splitlines() for part in text.split("\n\n") if part.startswith("|")]
    assert [len(table) for table in tables] == [8, 4, 3]
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1


def test_what_is_not_known_is_left_out() -> None:
    bare = Manifest("mine", "model", Origin("b", "b" * 64), "a" * 64, 4, "2026-11-26")
    text = show_card("mine.gguf", bare)
    assert [word for word in ("Scores", "again", "None", "License", "\n\n\n") if word in text] == []
    assert 'model = "mine.gguf"' in text
    assert "mine" in show_card("mine.gguf", replace(bare, license="mit"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file that can be written"):
        write_card(tmp_path / "none" / "mine.gguf", MANIFEST)
