from typing import Any

import pytest
from msgspec.structs import replace

from fen.evals.statistics.difference import Difference
from fen.evals.statistics.interval import Interval
from fen.training.ability import compare_ability, tell_ability
from fen.training.arms import Arms, Sizes, build_arms
from fen.training.item import Item, Message
from fen.training.plan import Plan
from fen.training.planning import HELD_OUT, Measures, list_asked, make_plan
from fen.training.recipe import Recipe
from fen.training.replay import make_replay
from fen.wire.errors import ConfigError


class WordTokenizer:
    """One id a word, and a template that adds a word a turn and one before the answer."""

    all_special_tokens = ("<end>",)
    eos_token_id = 0

    def apply_chat_template(self, turns: list[dict[str, str]], **_options: Any) -> str:
        return " ".join([*(f"{turn['role']} {turn['content']}" for turn in turns), "assistant"])

    def __call__(self, text: str, **_options: Any) -> dict[str, list[int]]:
        return {"input_ids": [1 + len(word) for word in text.split()]}


ARMS = build_arms(3, Sizes(examples=40, pairs=10, replay=12, seen=1, unseen=1))


def plan(arms: Arms, measures: Measures | None = None, limit: int = 384) -> Plan:
    return make_plan(WordTokenizer(), Recipe(max_tokens=limit), arms, measures or Measures())


def test_everything_of_a_data_set_is_planned_in_its_order() -> None:
    found = plan(ARMS, Measures(ifeval={"1000": "Write."}))
    for name in ("baseline", "treatment"):
        items: tuple[Item, ...] = getattr(ARMS, name)
        assert [(row.family, row.answer) for row in found.arms[name]] == [(i.family, i.target) for i in items]
        assert [[(turn.role, turn.content) for turn in row.messages] for row in found.arms[name]] == [
            [(message.role, message.content) for message in item.messages] for item in items
        ]
    assert [(pair.chosen, pair.rejected) for pair in found.pairs] == [
        (item.target, item.rejected) for item in ARMS.pairs
    ]
    assert [question.id for question in found.questions] == [
        *(item.id for item in (*ARMS.seen, *ARMS.unseen)),
        "ifeval-1000",
    ]
    assert found.questions[-1].max_tokens > found.questions[0].max_tokens
    assert {row.id for row in found.replay} | {row.id for row in found.held_out} == {
        i.id for i in ARMS.replay
    }
    assert (len(found.replay), len(found.held_out)) == (9, 3)


def test_whole_kinds_of_replay_are_held_out_and_no_more_than_the_loss_needs() -> None:
    many = replace(ARMS, replay=make_replay(900, 1))
    found = plan(many)
    kinds = {item.id: item.template for item in many.replay}
    trained, held = ({kinds[row.id] for row in rows} for rows in (found.replay, found.held_out))
    assert not trained & held
    assert len(held) >= 20
    assert len(found.held_out) == HELD_OUT < sum(kind in held for kind in kinds.values())


def test_a_place_too_long_in_one_arm_is_left_out_of_both() -> None:
    long = replace(ARMS.baseline[5], messages=(Message("user", "word " * 500),))
    baseline = (*ARMS.baseline[:5], long, *ARMS.baseline[6:])
    found = plan(replace(ARMS, baseline=baseline))
    for name in ("baseline", "treatment"):
        assert [row.id.partition(":")[2] for row in found.arms[name]] == [
            item.id for at, item in enumerate(getattr(ARMS, name)) if at != 5
        ]
    with pytest.raises(ConfigError, match="found no example of at most 16 tokens"):
        plan(replace(ARMS, baseline=(long,), treatment=(long,)), limit=16)


def test_a_question_with_a_special_token_or_too_long_is_not_asked() -> None:
    first, second, third = ARMS.seen[:3]
    special = replace(first, messages=(Message("user", "a <end> b"),))
    long = replace(second, messages=(Message("user", "word " * 3000),))
    found = plan(replace(ARMS, seen=(special, long, third), unseen=()))
    assert list_asked(found, (special, long, third)) == (third,)


def test_an_example_with_a_special_token_is_refused() -> None:
    bad = replace(ARMS.treatment[0], messages=(Message("user", "a <end> b"),))
    with pytest.raises(ConfigError, match="found <end> in a message"):
        plan(replace(ARMS, treatment=(bad, *ARMS.treatment[1:])))


def test_ability_is_told_in_pairs() -> None:
    base = {str(at): at % 2 == 0 for at in range(400)}
    assert compare_ability(base, base, "same").difference == 0
    worse = {key: right and int(key) >= 100 for key, right in base.items()}
    found = compare_ability(worse, base, "worse")
    assert found.difference == pytest.approx(-0.125)
    assert (found.won, found.lost) == (0, 50)
    assert tell_ability(found) == "lost"


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(-0.02, 0.05, "kept"), (-0.05, 0.01, "undecided"), (-0.03, 0.1, "undecided"), (-0.1, -0.04, "lost")],
)
def test_an_interval_over_three_points_decides_nothing(low: float, high: float, told: str) -> None:
    found = Difference(name="x", items=9, interval=Interval(low, high, "t"))
    assert tell_ability(found) == told


def test_nothing_measured_is_undecided() -> None:
    assert tell_ability(Difference(name="x", items=0)) == "undecided"
