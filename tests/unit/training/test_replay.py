"""Replay prompts are ordinary, varied, and none of those by which forgetting is measured."""

import json

from fen.training.replay import make_replay
from fen.training.synth.phrasings import WORDINGS
from tests.shared_data import SHARED, need


def test_prompts_are_varied_and_seeded() -> None:
    items = make_replay(600, 1)
    assert len({item.messages for item in items}) == 600
    assert len({item.template for item in items}) > 80
    assert make_replay(600, 1) == items
    assert make_replay(600, 2) != items
    assert {(item.target, item.grader, item.family) for item in items} == {("", None, "replay")}
    assert {len(item.messages) for item in items} == {1, 2}


def test_prompts_hold_no_attack() -> None:
    heads = [one.partition("{")[0] for group in WORDINGS.values() for one in group]
    long = [head for head in heads if len(head) >= 10]
    texts = [message.content for item in make_replay(600, 3) for message in item.messages]
    assert not [text for text in texts if any(head in text for head in long)]


@need("evals")
def test_no_prompt_is_of_ifeval() -> None:
    lines = (SHARED / "evals/ifeval/input_data.jsonl").read_text().splitlines()
    known = {json.loads(line)["prompt"].strip() for line in lines}
    assert len(known) == 541
    assert not known & {item.messages[-1].content for item in make_replay(600, 0)}
