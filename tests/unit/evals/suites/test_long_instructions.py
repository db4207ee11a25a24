"""Long instructions: a writer who keeps every rule scores 1, and every breach is seen where it is."""

import re
from collections.abc import Callable

import msgspec
import pytest

from fen.evals import Failure, Response, Sample
from fen.evals.long_form.document import read_document
from fen.evals.long_form.plan import Plan
from fen.evals.long_form.rules import (
    Absent,
    Alternating,
    Bulleted,
    Closed,
    Coded,
    Numbered,
    Opened,
    Parted,
    Quiet,
    Recurring,
    Rule,
    Sized,
    name_rule,
)
from fen.evals.long_form.score import check
from fen.evals.suites.long_instructions import SUITE
from tests.fakes.made import Model, load, play
from tests.fakes.obedient import write_document, write_section

MANY = {"lengths": "600,1600", "each": "20"}


def plan_of(sample: Sample) -> Plan:
    return msgspec.convert(sample.target, Plan)


async def test_a_writer_who_keeps_every_rule_scores_1() -> None:
    samples = load(SUITE, MANY)
    kinds = {name_rule(rule) for sample in samples for rule in plan_of(sample).rules}
    assert len(kinds) == 11
    for sample in samples:
        model = Model(lambda body, sample=sample: write_document(plan_of(sample), sample.language))
        scored = await play(SUITE, sample, model)
        assert (scored.outcome, scored.value) == ("correct", 1.0), (sample.id, scored.detail)
        assert scored.detail["until"] == 1


async def test_a_lazy_writer_scores_low_and_copying_the_rules_nothing() -> None:
    lazy: list[float] = []
    for sample in load(SUITE, MANY):
        texts = [f"## {number + 1}. Part\n\nText?" for number in range(plan_of(sample).sections)]
        lazy.append((await play(SUITE, sample, Model(lambda body, texts=texts: "\n\n".join(texts)))).value)
        copied = await play(SUITE, sample, Model(lambda body: body["messages"][0]["content"]))
        assert (copied.outcome, copied.value) == ("format_error", 0)
    assert sum(lazy) / len(lazy) < 0.45
    assert max(lazy) < 0.8


async def test_half_a_text_is_worth_half_and_says_where_it_ended() -> None:
    sample = next(sample for sample in load(SUITE, {"lengths": "800"}) if plan_of(sample).sections == 4)
    plan = plan_of(sample)
    half = "\n\n".join(write_section(plan, sample.language, number) for number in (1, 2))
    stopped = await play(SUITE, sample, Model(lambda body: half))
    assert (stopped.outcome, stopped.value) == ("wrong", 0.5)
    assert (stopped.detail["first"][0], stopped.detail["until"]) == (3, 0.5)
    cut = await play(SUITE, sample, Model(lambda body: Response(text=half, finish_reason="length")))
    assert (cut.outcome, cut.value) == ("truncated", 0.5)
    more = f"{write_document(plan, sample.language)}\n\n## 5. More"
    longer = await play(SUITE, sample, Model(lambda body: more))
    assert (longer.outcome, longer.value, longer.detail["extra"]) == ("wrong", 0.8, 1)


async def test_ends_without_an_answer() -> None:
    sample = load(SUITE)[0]
    failed = await play(SUITE, sample, Model(lambda body: Response(error=Failure(500, "broke"))))
    refused = await play(SUITE, sample, Model(lambda body: Response(refused=True)))
    assert (failed.outcome, refused.outcome) == ("api_error", "refused")


def swap(old: str, new: str) -> Callable[[str], str]:
    return lambda text: re.sub(old, new, text, count=1, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        (Numbered(), swap(r"^## 2\.", "## 4.")),
        (Numbered(), swap(r"^## 2\.", "## 22.")),
        (Sized(40, 60), lambda text: text + " word" * 30),
        (Sized(40, 60), lambda text: "## 2. Short\n\nOne two three."),
        (Coded(7), swap(r"\[14\]", "[15]")),
        (Bulleted(3), swap(r"^- .*\n", "")),
        (Bulleted(3), swap(r"^- ", "- one\n- ")),
        (Parted(2), lambda text: text + "\n\nOne more."),
        (Opened("Then"), swap(r"^Then ", "So then ")),
        (Opened("Then"), swap(r"^Then ", "Thenceforth ")),
        (Closed("Left", 3), swap(r"\[Left 2\]", "[Left 1]")),
        (Closed("Left", 3), lambda text: text + "\n\nAnd so on."),
        (Absent("very"), lambda text: text + " Very good."),
        (Absent("但是"), lambda text: text + "但是"),
        (Recurring("lantern", 2), swap("lantern", "lamp")),
        (Recurring("lantern", 3), lambda text: text + " A lantern."),
        (Alternating(), swap(r"\n\n[^\n]*\n\n[^\n]*", "\n\nAll in English, every word of it, as it seems.")),
        (Quiet(), lambda text: text + " Is it so?"),
        (Quiet(), lambda text: text + "真的！"),
    ],
)
def test_a_breach_is_seen_in_its_section_only(rule: Rule, broken: Callable[[str], str]) -> None:
    plan = Plan(3, (rule,))
    whole = [write_section(plan, "en", number) for number in (1, 2, 3)]
    assert check(plan, "\n\n".join(whole)).strict
    changed = broken(whole[1])
    assert changed != whole[1]
    kept = check(plan, "\n\n".join([whole[0], changed, whole[2]]))
    assert kept.first == (2, [name_rule(rule)])
    assert (kept.rules, kept.until) == ({name_rule(rule): pytest.approx(2 / 3)}, pytest.approx(1 / 3))


def test_a_document_is_read_by_its_headings() -> None:
    text = "Title\n\n## 1. One\n\nA line\nand its second.\n\n- a\n- b\n### Below\n\n[End 1]\n\n##2. Two"
    first, second = read_document(text)
    assert first.paragraphs == ["A line\nand its second.", "### Below"]
    assert (first.bullets, first.last) == (["- a", "- b"], "[End 1]")
    assert (second.heading, second.text, second.last) == ("2. Two", "", "")


def test_plans_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert load(SUITE, {"seed": "7"}) == load(SUITE, {"seed": "7"})
    assert [s.target for s in load(SUITE, {"seed": "7"})] != [s.target for s in load(SUITE)]


def test_longer_answers_have_more_sections() -> None:
    sections = [
        plan_of(sample).sections for sample in load(SUITE, {"lengths": "100,1000,16000", "each": "1"})
    ]
    assert sections == [3, 3, 5, 5, 80, 80]


async def test_continuation_is_asked_for_where_the_option_says_so() -> None:
    model = Model(lambda body: "## 1. One")
    for sample in load(SUITE, {"each": "1", "lengths": "400", "languages": "en", "continued": "both"}):
        await play(SUITE, sample, model)
    assert model.continued == [False, True]
