"""Items and data sets on disk: what is written is read again, and what is no item is named."""

import hashlib
from pathlib import Path

import pytest

from fen.training import replay
from fen.training.arms import Arms, Sizes, build_arms
from fen.training.dataset import Extras, Making, read_manifest, write_arms
from fen.training.item import encode_items, hash_items, read_items, write_items
from fen.training.lengths import count_items
from fen.wire.errors import ConfigError, InvalidRequest

SIZES = Sizes(examples=28, pairs=14, replay=5, seen=1, unseen=2)


@pytest.fixture(scope="module")
def arms() -> Arms:
    return build_arms(3, SIZES)


def test_items_come_back_as_they_were(tmp_path: Path, arms: Arms) -> None:
    path = tmp_path / "items.jsonl"
    digest = write_items(path, arms.treatment)
    assert read_items(path) == arms.treatment
    assert digest == hash_items(arms.treatment) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert arms.treatment[0].chat[0].keys() == {"role", "content"}


def test_a_line_that_is_no_item_is_named(tmp_path: Path, arms: Arms) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(encode_items(arms.treatment[:2]) + b'\n{"id": "x"}\n')
    with pytest.raises(InvalidRequest, match=r"items\.jsonl:4: found no item"):
        read_items(path)
    with pytest.raises(InvalidRequest, match=r"found no .*nowhere"):
        read_items(tmp_path / "nowhere.jsonl")


def test_a_data_set_has_a_manifest_that_is_true(tmp_path: Path, arms: Arms) -> None:
    recipe = Making(3, "both", SIZES)
    told = write_arms(tmp_path / "a", arms, recipe)
    assert read_manifest(tmp_path / "a") == told
    assert set(told.parts) == {"treatment", "baseline", "pairs", "replay", "seen", "unseen"}
    for name, part in told.parts.items():
        data = (tmp_path / "a" / f"{name}.jsonl").read_bytes()
        items = read_items(tmp_path / "a" / f"{name}.jsonl")
        assert part.sha256 == hashlib.sha256(data).hexdigest()
        assert (part.items, part.tokens) == (len(items), count_items(items))
        assert sum(part.conditions.values()) == sum(part.families.values()) == len(items)
    assert told.parts["treatment"].conditions["conflict"] == 14
    assert "conflict" not in told.parts["baseline"].conditions
    assert not set(told.trained) & set(told.held_out)
    assert set(told.parts["unseen"].families) == set(told.held_out)
    again = write_arms(tmp_path / "b", build_arms(3, SIZES), recipe)
    assert again == told
    assert write_arms(tmp_path / "c", build_arms(4, SIZES), Making(4, "both", SIZES)).data != told.data


def test_an_arm_can_be_left_out_and_extras_are_written_where_there_are_any(
    tmp_path: Path, arms: Arms
) -> None:
    extras = Extras(taught=arms.pairs[:1])
    told = write_arms(tmp_path, arms, Making(3, "both", SIZES), extras, leave_out={"baseline"})
    assert "baseline" not in told.parts
    assert not (tmp_path / "baseline.jsonl").exists()
    assert told.parts["teacher"].items == 1


def test_what_is_no_data_set_is_told(tmp_path: Path, arms: Arms) -> None:
    with pytest.raises(InvalidRequest, match=r"found no .*manifest\.json"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(InvalidRequest, match="found no manifest"):
        read_manifest(tmp_path)
    write_arms(tmp_path, arms, Making(3, "both", SIZES))
    text = (tmp_path / "manifest.json").read_text().replace('"version": 1', '"version": 9')
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InvalidRequest, match="found version 9, expected 1"):
        read_manifest(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written to"):
        write_arms(tmp_path / "file", arms, Making(3, "both", SIZES))


@pytest.mark.parametrize("examples", [0, 3, -2])
def test_sizes_that_make_no_arms_are_refused(examples: int) -> None:
    with pytest.raises(InvalidRequest, match="an even number of examples"):
        Sizes(examples=examples)


def test_an_unknown_language_and_too_many_items_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequest, match="expected en, zh or both"):
        build_arms(0, SIZES, "fr")
    monkeypatch.setattr(replay, "_write", lambda random: ("replay/one", random.choice("abc")))
    with pytest.raises(InvalidRequest, match="expected 40; ask for fewer"):
        build_arms(0, Sizes(examples=2, pairs=0, replay=40, seen=0, unseen=0))
