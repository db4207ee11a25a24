"""What is tested where torch is: `test_training.py` runs these by the Python of the extra `train`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fen.training.door import load_library
from fen.training.dpo import render_pairs
from fen.training.forgetting import make_replay, measure_loss
from fen.training.generate import Question, Written, answer_questions
from fen.training.model import ADAPTER, open_merged, open_tokenizer
from fen.training.plan import read_lines
from fen.training.recipe import Place, choose_place
from fen.training.row import Site, answer_row, sample_replay
from fen.training.sft import Job, train_sft
from fen.training.texts import IGNORED, Example, Turn, encode_example, encode_prompt
from fen.wire.errors import ConfigError
from tests.integration.training.tiny import SPECIAL, make_base, make_example, make_plan

CPU = Place("cpu", "fp32")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    load_library("torch").set_num_threads(1)
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def tokenizer(base: Path) -> Any:
    return open_tokenizer(base)


CONVERSATIONS = [
    Example("one", (Turn("user", "Which colour?"),), "red"),
    Example("two", (Turn("system", "Say  it\n\ntwice"), Turn("user", " é中文 \t")), "  blue, blue\n"),
    Example(
        "three",
        (Turn("user", "Which?"), Turn("assistant", "red"), Turn("user", "red"), Turn("tool", "red")),
        "red",
    ),
]


@pytest.mark.parametrize("example", CONVERSATIONS, ids=lambda example: example.id)
def test_the_loss_is_on_the_answer_and_its_end_and_on_nothing_else(tokenizer: Any, example: Example) -> None:
    found = encode_example(tokenizer, example)
    trained = [place for place, label in enumerate(found.labels) if label != IGNORED]
    assert trained == list(range(trained[0], len(found.input_ids)))
    assert [found.labels[place] for place in trained] == [found.input_ids[place] for place in trained]
    assert tokenizer.decode([found.input_ids[place] for place in trained]) == example.answer + SPECIAL[1]
    assert found.input_ids[: trained[0]] == encode_prompt(tokenizer, example.messages)
    turns = [{"role": turn.role, "content": turn.content} for turn in example.messages]
    whole = tokenizer.apply_chat_template(
        [*turns, {"role": "assistant", "content": example.answer}], tokenize=False
    )
    assert tokenizer.decode(found.input_ids) + "\n" == whole


def test_an_answer_that_was_cut_teaches_no_end(tokenizer: Any) -> None:
    whole = encode_example(tokenizer, CONVERSATIONS[0])
    cut = encode_example(tokenizer, msgspec.structs.replace(CONVERSATIONS[0], cut=True))
    assert (cut.input_ids, cut.labels) == (whole.input_ids[:-1], whole.labels[:-1])


def test_ids_are_those_of_the_whole_conversation(tokenizer: Any) -> None:
    example = CONVERSATIONS[0]
    whole = f"{SPECIAL[0]}user\nWhich colour?{SPECIAL[1]}\n{SPECIAL[0]}assistant\nred{SPECIAL[1]}"
    assert encode_example(tokenizer, example).input_ids == tokenizer(whole)["input_ids"]


@pytest.mark.parametrize(
    ("example", "told"),
    [
        (Example("a", (), "red"), "without messages"),
        (Example("b", (Turn("user", "x"),), ""), "an empty answer"),
        (Example("c", (Turn("user", f"x{SPECIAL[1]}"),), "red"), r"found <\|im_end\|> in a message"),
        (Example("d", (Turn("user", "x"),), f"red{SPECIAL[0]}"), r"found <\|im_start\|> in a message"),
    ],
)
def test_an_example_that_cannot_be_trained_is_refused(tokenizer: Any, example: Example, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        encode_example(tokenizer, example)


def test_loss_falls_and_the_answer_is_learnt(base: Path, tokenizer: Any, tmp_path: Path) -> None:
    plan = make_plan(steps=60, batch=8, micro=8, save_every=60)
    examples = plan.arms["treatment"]
    outcome = train_sft(Job("x", base, tmp_path / "work", tmp_path / "adapter"), plan.recipe, examples)
    first, last = outcome.losses[0][1], outcome.losses[-1][1]
    assert outcome.steps == 60
    assert last < first / 3
    assert (tmp_path / "adapter" / ADAPTER).exists()
    before = measure_loss(open_merged(base, None, CPU), tokenizer, examples, tokens_at_once=1000)
    after = measure_loss(
        open_merged(base, tmp_path / "adapter", CPU), tokenizer, examples, tokens_at_once=1000
    )
    assert before is not None
    assert after is not None
    assert after < before / 3


def test_the_loss_of_a_batch_is_that_of_its_answers(base: Path, tokenizer: Any, tmp_path: Path) -> None:
    """Trainer's first loss, over all examples at once, is the mean over the answers' tokens."""
    examples = make_plan().arms["treatment"][:8]
    recipe = make_plan(steps=1, batch=8, micro=2, rate=1e-9).recipe
    outcome = train_sft(Job("x", base, tmp_path / "work", tmp_path / "adapter"), recipe, examples)
    expected = measure_loss(open_merged(base, None, CPU), tokenizer, examples, tokens_at_once=150)
    assert outcome.losses[0][1] == pytest.approx(expected, rel=1e-4)


def test_many_answers_at_once_are_those_of_each_alone(base: Path, tokenizer: Any) -> None:
    model = open_merged(base, None, CPU)
    questions = [
        Question(f"{number}", "a", (Turn("user", "box " * (1 + number % 5)),), 4 + number % 2)
        for number in range(12)
    ]
    together = answer_questions(model, tokenizer, questions, tokens_at_once=200)
    alone = [answer_questions(model, tokenizer, [question], tokens_at_once=1)[0] for question in questions]
    assert together == alone
    assert [written.id for written in together] == [question.id for question in questions]
    assert all(written.ended or written.tokens == 4 + at % 2 for at, written in enumerate(together))


def test_a_set_that_is_answered_is_not_asked_again(base: Path, tmp_path: Path) -> None:
    site, plan = Site(base, tmp_path), make_plan()
    sample_replay(site, plan)
    whole = answer_row(site, plan, "base")
    part = site.part("base", "seen")
    part.write_bytes(re.sub(rb'"text":"[^"]*"', b'"text":"kept"', part.read_bytes()))
    site.result("base").unlink()
    again = answer_row(site, plan, "base")
    texts = [found.text for found in read_lines(site.answers("base").read_bytes(), Written, "answers")]
    assert texts == ["kept"] * len(plan.questions)
    assert (again.answers, again.replay_loss) == (whole.answers, whole.replay_loss)
    assert "seen" in whole.seconds
    assert "seen" not in again.seconds


def test_a_prompt_that_leaves_no_room_is_refused(base: Path, tokenizer: Any) -> None:
    question = Question("long", "a", (Turn("user", "box " * 600),), 4)
    with pytest.raises(ConfigError, match=r"long: found .* expected at most 512 together"):
        answer_questions(open_merged(base, None, CPU), tokenizer, [question], tokens_at_once=1000)


def test_replay_rows_are_the_models_own_and_the_likeliest(base: Path, tokenizer: Any) -> None:
    model, questions = open_merged(base, None, CPU), make_plan().replay
    rows = make_replay(questions, answer_questions(model, tokenizer, questions, tokens_at_once=1000))
    others = [
        Example(row.id, row.messages, make_example(at, conflict=False).answer) for at, row in enumerate(rows)
    ]
    own = measure_loss(model, tokenizer, rows, tokens_at_once=1000)
    other = measure_loss(model, tokenizer, others, tokens_at_once=1000)
    assert own is not None
    assert other is not None
    assert own < other


def test_pairs_are_checked(tokenizer: Any) -> None:
    pair = make_plan().pairs[0]
    with pytest.raises(ConfigError, match="expected two answers"):
        render_pairs(tokenizer, [type(pair)("x", pair.messages, "red", "red")], 100)
    with pytest.raises(ConfigError, match="expected max_tokens=5"):
        render_pairs(tokenizer, [pair], 5)
    (row,) = render_pairs(tokenizer, [pair], 100)
    assert row["prompt"].endswith(f"{SPECIAL[0]}assistant\n")


def test_data_and_places_that_are_wrong_stop_before_work(base: Path, tmp_path: Path) -> None:
    job = Job("x", base, tmp_path / "work", tmp_path / "adapter")
    plan = make_plan()
    examples = plan.arms["treatment"]
    with pytest.raises(ConfigError, match=r"train-0: found .* tokens, expected max_tokens=16 at most"):
        train_sft(job, make_plan(max_tokens=16).recipe, examples)
    with pytest.raises(ConfigError, match="found no examples"):
        train_sft(job, plan.recipe, [])
    with pytest.raises(ConfigError, match="GiB of free memory, expected"):
        train_sft(job, make_plan(batch=10**6, micro=10**6).recipe, examples)
    with pytest.raises(ConfigError, match="expected a Hugging Face folder"):
        train_sft(Job("x", tmp_path, tmp_path / "work", tmp_path / "adapter"), plan.recipe, examples)
    if choose_place(make_plan(device="auto").recipe).device == "cpu":
        with pytest.raises(ConfigError, match="found no GPU"):
            train_sft(job, make_plan(device="cuda").recipe, examples)


def test_a_folder_of_another_run_is_refused(base: Path, tmp_path: Path) -> None:
    job = Job("x", base, tmp_path / "work", tmp_path / "adapter")
    plan = make_plan(steps=2)
    train_sft(job, plan.recipe, plan.arms["treatment"])
    with pytest.raises(ConfigError, match="another recipe or other data"):
        train_sft(job, plan.recipe, plan.arms["baseline"])
