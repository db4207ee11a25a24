"""Tools: who uses them rightly scores 1; who does not, in whichever way, scores 0."""

from collections import Counter
from typing import Any

import jsonschema
import pytest

from fen.evals import Failure, Response, Sample, ToolCall
from fen.evals.suites.tools import SUITE
from fen.evals.world.act import World
from fen.evals.world.tasks import KINDS
from fen.evals.world.tools import TOOLS
from tests.fakes.made import Model, load, play
from tests.fakes.toolful import call, calls, say, use_tools


def find(domain: str, kind: str, language: str = "en") -> Sample:
    return next(sample for sample in load(SUITE) if f"-{domain}-{kind}-{language}-" in sample.id)


async def test_one_who_uses_tools_rightly_scores_1() -> None:
    samples = load(SUITE, {"each": "3"})
    for sample in samples:
        scored = await play(SUITE, sample, Model(use_tools))
        assert (scored.outcome, scored.value) == ("correct", 1.0), (sample.messages, scored)
    assert Counter(sample.stratum for sample in samples) == dict.fromkeys(KINDS, 18)


async def test_there_are_72_samples_of_18_templates() -> None:
    samples = load(SUITE)
    assert (len(samples), len({sample.id for sample in samples})) == (72, 72)
    assert len({sample.cluster for sample in samples}) == 18


@pytest.mark.parametrize(
    ("text", "most"),
    [("Done! All is as you wished. 好的。", 0), ("", 0), ("What do you mean?", 1 / 18)],
)
async def test_one_who_calls_nothing_scores_low(text: str, most: float) -> None:
    scores = [await play(SUITE, sample, Model(lambda body: text)) for sample in load(SUITE)]
    assert sum(score.value for score in scores) / len(scores) <= most


async def test_copying_the_request_is_no_answer() -> None:
    model = Model(lambda body: body["messages"][1]["content"])
    scores = [await play(SUITE, sample, model) for sample in load(SUITE)]
    assert sum(score.value for score in scores) == 0


def once(*wanted: ToolCall, then: str = "Done.") -> Model:
    """A model that calls once and then says something."""
    return Model(lambda body: say(then) if body["messages"][-1]["role"] == "tool" else calls(*wanted))


async def parts(sample: Sample, model: Model) -> dict[str, Any]:
    scored = await play(SUITE, sample, model)
    names = ("state", "required", "forbidden", "valid", "answer")
    assert scored.outcome == ("correct" if all(scored.detail[name] for name in names) else "wrong")
    return {name: scored.detail[name] for name in names if not scored.detail[name]}


async def test_arguments_are_held_against_the_schema() -> None:
    sample = find("shop", "single")
    (sku,) = (required["arguments"]["sku"] for required in sample.target["goal"]["required"])
    left = sample.target["goal"]["says"][0]
    assert await parts(sample, once(call("get_stock", sku=sku), then=f"{left} are left.")) == {}
    extra = once(call("get_stock", sku=sku, shop="main"), call("get_stock", sku=sku), then=left)
    assert await parts(sample, extra) == {"valid": False}
    broken = once(ToolCall("get_stock", f'{{"sku": "{sku}"'), call("get_stock", sku=sku), then=left)
    assert await parts(sample, broken) == {"valid": False}
    unknown = once(call("find_stock", sku=sku), call("get_stock", sku=sku), then=left)
    assert await parts(sample, unknown) == {"valid": False}
    assert await parts(sample, once(call("get_stock", sku=sku), then=f"1{left}")) == {"answer": False}


async def test_what_was_done_too_much_is_seen_in_the_state() -> None:
    sample = find("calendar", "single")
    event = sample.target["goal"]["required"][0]["arguments"]
    create = call("create_event", **event)
    assert await parts(sample, once(create)) == {}
    assert await parts(sample, once(create, create)) == {"state": False}
    assert await parts(sample, once(create, call("delete_event", id="evt_1"))) == {
        "state": False,
        "forbidden": False,
    }


async def test_calls_that_belong_together_must_come_together() -> None:
    sample = find("shop", "parallel")
    says = " ".join(sample.target["goal"]["says"])
    skus = list(sample.target["state"]["products"])
    wanted = [call("get_stock", sku=sku) for sku in skus]
    assert await parts(sample, once(*wanted, then=says)) == {}

    def one_by_one(body: dict[str, Any]) -> Response:
        done = sum(message["role"] == "tool" for message in body["messages"])
        return calls(wanted[done]) if done < 3 else say(says)

    assert await parts(sample, Model(one_by_one)) == {"required": False}


async def test_guessing_what_was_not_said_is_wrong() -> None:
    sample = find("shop", "missing")
    (sku, *_) = sample.target["state"]["products"]
    guessed = once(call("place_order", sku=sku, quantity=1), then="How many did you want?")
    assert await parts(sample, guessed) == {"state": False, "forbidden": False}
    assert await parts(sample, Model(lambda body: "I need to know how many.")) == {"answer": False}
    assert await parts(sample, Model(lambda body: "Sure. How many of it?")) == {}
    rename = find("files", "missing")
    assert await parts(rename, Model(lambda body: "What shall letters-10.txt be called?")) == {}
    assert await parts(rename, Model(lambda body: "I need a name. Shall I go on?")) == {"answer": False}


async def test_giving_up_after_an_error_is_wrong() -> None:
    sample = find("calendar", "recovery")
    create = call("create_event", **sample.target["goal"]["required"][0]["arguments"])
    assert await parts(sample, once(create, then="It failed.")) == {"state": False, "required": False}
    assert await parts(sample, once(create, create)) == {}


async def test_one_who_never_ends_is_stopped_after_the_turns() -> None:
    sample = next(s for s in load(SUITE, {"turns": "3"}) if "-files-none-" in s.id)
    model = Model(lambda body: calls(call("list_files")))
    assert await parts(sample, model) == {"forbidden": False, "answer": False}
    assert len(model.asked) == 3


async def test_the_world_is_told_in_the_wire_format() -> None:
    model = Model(use_tools)
    await play(SUITE, find("calendar", "chain"), model)
    *_, asked, told = model.asked[-1]["messages"]
    assert asked["tool_calls"][0]["function"]["name"] == "move_event"
    assert told["tool_call_id"] == asked["tool_calls"][0]["id"]
    assert [len(body["messages"]) for body in model.asked] == [2, 4, 6]


async def test_ends_without_an_answer_are_told_apart() -> None:
    sample = load(SUITE)[0]
    failed = await play(SUITE, sample, Model(lambda body: Response(error=Failure(400, "no tools here"))))
    cut = await play(SUITE, sample, Model(lambda body: Response(text="I", finish_reason="length")))
    assert (failed.outcome, cut.outcome) == ("api_error", "truncated")


def test_a_world_leaves_what_it_was_given_as_it_is() -> None:
    state = {"files": {"a": "1"}, "faults": {"delete_file": 1}}
    world = World("files", state)
    first, second, third = world.act([call("delete_file", path="a")] * 3)
    assert ("try again" in first.result, second.failed, third.failed) == (True, False, True)
    assert state == {"files": {"a": "1"}, "faults": {"delete_file": 1}}
    assert world.state["files"] == {}


def test_schemas_are_schemas() -> None:
    for tools in TOOLS.values():
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool.schema)
            assert {tool.describe(language)["function"]["name"] for language in ("en", "zh")} == {tool.name}


def test_samples_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert load(SUITE, {"seed": "5"}) == load(SUITE, {"seed": "5"})
    assert load(SUITE, {"seed": "5"})[0].messages != load(SUITE)[0].messages
