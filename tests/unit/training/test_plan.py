import lzma
from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.training.generate import Question
from fen.training.plan import Plan, check_plan, hash_plan, read_plan, write_plan
from fen.training.recipe import Recipe
from fen.training.texts import Example, Pair, Turn
from fen.wire.errors import ConfigError


def make_turns(text: str) -> tuple[Turn, ...]:
    return (Turn("user", text),)


PLAN = Plan(
    Recipe(steps=3),
    {
        "baseline": (Example("a", make_turns("one"), "1"),),
        "treatment": (Example("a", make_turns("two"), "2"),),
    },
    (Pair("p", make_turns("three"), "3", "4"),),
    (Question("q", "seen", make_turns("four"), 8),),
    (Question("r", "replay", make_turns("five"), 8),),
    (Question("h", "held_out", make_turns("six"), 8),),
)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path)
    assert read_plan(tmp_path) == PLAN


def test_the_hash_is_of_the_rows_however_they_are_kept(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path)
    before = hash_plan(tmp_path)
    packed = tmp_path / "treatment.jsonl.xz"
    (tmp_path / "treatment.jsonl").write_bytes(lzma.decompress(packed.read_bytes()))
    packed.unlink()
    assert hash_plan(tmp_path) == before
    assert read_plan(tmp_path) == PLAN
    (tmp_path / "treatment.jsonl").write_text('{"id":"a","messages":[],"answer":"x"}\n')
    assert hash_plan(tmp_path) != before


@pytest.mark.parametrize(
    ("plan", "rows"),
    [
        (PLAN, ("base", "baseline", "treatment", "treatment-dpo")),
        (replace(PLAN, pairs=()), ("base", "baseline", "treatment")),
        (replace(PLAN, arms={"treatment": PLAN.arms["treatment"]}, pairs=()), ("base", "treatment")),
    ],
)
def test_rows_are_the_base_the_arms_and_dpo(plan: Plan, rows: tuple[str, ...]) -> None:
    check_plan(plan)
    assert plan.rows == rows


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (replace(PLAN, arms={}), "found the arms"),
        (replace(PLAN, arms={"baseline": PLAN.arms["baseline"]}), "found the arms"),
        (replace(PLAN, arms={**PLAN.arms, "third": ()}), "found the arms"),
        (replace(PLAN, arms={**PLAN.arms, "baseline": PLAN.arms["baseline"] * 2}), "as many in each arm"),
        (replace(PLAN, questions=PLAN.questions * 2), "the id q twice in questions"),
        (replace(PLAN, questions=(replace(PLAN.questions[0], messages=make_turns("two")),)), "question q in"),
        (
            replace(PLAN, questions=(replace(PLAN.questions[0], messages=make_turns("three")),)),
            "question q in",
        ),
        (replace(PLAN, held_out=(replace(PLAN.held_out[0], messages=make_turns("five")),)), "question h in"),
        (replace(PLAN, recipe=Recipe(rank=0)), "rank=0"),
    ],
)
def test_a_plan_that_cannot_be_compared_is_refused(plan: Plan, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        write_plan(plan, tmp_path / "plan")
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (
            "treatment.jsonl",
            b'{"id":"a","messages":[],"answer":"x"}\n{\n',
            r"treatment.jsonl:2: found .*Example",
        ),
        ("treatment.jsonl", b"\xff\n", r"treatment.jsonl:1: found"),
        ("questions.jsonl", b'{"id":"a"}\n', r"questions.jsonl:1: found .*Question"),
        ("pairs.jsonl.xz", b"no xz", r"pairs: found .*expected JSON lines"),
        ("recipe.json", b'{"rank": "eight"}', r"recipe.json: found .*expected a recipe"),
        ("recipe.json", b'{"ranks": 8}', r"recipe.json: found .*expected a recipe"),
    ],
)
def test_a_file_that_is_wrong_is_told_by_name_and_line(
    name: str, data: bytes, told: str, tmp_path: Path
) -> None:
    write_plan(PLAN, tmp_path)
    for path in tmp_path.glob(f"{name.partition('.')[0]}.*"):
        path.unlink()
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigError, match=told):
        read_plan(tmp_path)


def test_a_folder_without_a_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"recipe.json: found No such file"):
        read_plan(tmp_path)
