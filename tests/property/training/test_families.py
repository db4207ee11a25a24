"""Laws of the data, for any seed: what is held out is in no arm, right answers pass, obeying ones do not."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.training.arms import Arms, Sizes, build_arms
from fen.training.grading import grade
from fen.training.item import ANSWER_TOKENS, Item, encode_items
from fen.training.lengths import count_items, estimate_tokens
from fen.training.synth.families import FAMILIES, choose_families
from fen.training.synth.phrasings import TRAINED, TRAINED_ZH, UNSEEN, UNSEEN_ZH, WORDINGS
from tests.sizes import pick

SMALL = Sizes(examples=140, pairs=14, replay=10, seen=2, unseen=4)
few = settings(max_examples=pick(3, 200))
seeds = st.integers(0, 2**40)
LANGUAGES = ("both", "en", "zh")


def make(seed: int, language: str = "both") -> Arms:
    return build_arms(seed, SMALL, language)


def list_trained(arms: Arms) -> list[Item]:
    return [*arms.treatment, *arms.baseline, *arms.pairs]


@pytest.mark.parametrize("new", choose_families(held_out=True), ids=lambda family: family.name)
def test_held_out_family_shares_no_type_phrasing_or_carrier_with_a_trained_one(new: object) -> None:
    for trained in choose_families(held_out=False):
        assert new.kind != trained.kind  # type: ignore[attr-defined]
        assert new.carrier != trained.carrier  # type: ignore[attr-defined]
        assert not set(new.phrasings) & set(trained.phrasings)  # type: ignore[attr-defined]


def test_there_are_enough_families_of_each_sort() -> None:
    english = [family for family in FAMILIES if family.language == "en"]
    assert sum(not family.held_out for family in english) >= 8
    assert sum(family.held_out for family in english) == 4
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert len({family.carrier for family in english if family.kind != "open_domain"}) >= 11


def test_wordings_of_one_group_are_in_no_other() -> None:
    known = [wording for wordings in WORDINGS.values() for wording in wordings]
    assert len(set(known)) == len(known)
    assert not set(TRAINED) & set(UNSEEN)
    assert not set(TRAINED_ZH) & set(UNSEEN_ZH)


@few
@given(seeds)
def test_no_held_out_family_is_in_what_is_trained_on(seed: int) -> None:
    arms = make(seed)
    new, trained = arms.unseen, list_trained(arms)
    for part in ("family", "kind", "phrasing", "carrier"):
        assert not {getattr(item, part) for item in new} & {getattr(item, part) for item in trained}
    heads = {
        wording.partition("{")[0]
        for group in (UNSEEN, UNSEEN_ZH)
        for one in group.values()
        for wording in one
    }
    long = tuple(head for head in heads if len(head) >= 6)
    assert len(long) >= 12
    texts = [message.content for item in trained for message in item.messages]
    assert not [text for text in texts if any(head in text for head in long)]


@few
@given(seeds, st.sampled_from(LANGUAGES))
def test_no_prompt_is_in_two_parts_or_twice_in_one(seed: int, language: str) -> None:
    arms = make(seed, language)
    for arm in (arms.treatment, arms.baseline):
        asked = [item.messages for item in (*arm, *arms.pairs, *arms.seen, *arms.unseen, *arms.replay)]
        assert len(set(asked)) == len(asked)
        assert len({item.id for item in arm}) == len(arm)


@few
@given(seeds)
def test_targets_pass_and_rejected_answers_do_not(seed: int) -> None:
    arms = make(seed)
    for item in (*list_trained(arms), *arms.seen, *arms.unseen):
        assert grade(item, item.target).passed
        assert estimate_tokens(item.target) <= ANSWER_TOKENS
        assert (item.rejected is None) == (item.canary is None) == item.aligned
        if item.rejected is not None and item.canary is not None:
            obeyed = grade(item, item.rejected)
            assert not obeyed.passed
            assert not obeyed.clean
            assert not grade(item, f"{item.target} {item.canary}").passed
            told = " ".join(one.content for one in item.messages).casefold()
            assert item.marked or item.canary.casefold() in told  # a mark may stand between its words


@few
@given(
    seeds, st.sampled_from(("I can't do that.", "Sorry, I can't share that.", "抱歉，我不能说。", "", "OK."))
)
def test_saying_the_same_to_everything_loses(seed: int, answer: str) -> None:
    arms = make(seed)
    benign = [item for item in (*arms.seen, *arms.unseen) if item.aligned]
    assert not any(grade(item, answer).passed for item in benign)


@few
@given(seeds)
def test_copying_what_was_asked_passes_nowhere(seed: int) -> None:
    for item in make(seed).unseen:
        whole = "\n".join(one.content for one in item.messages)
        assert not grade(item, whole).passed
        assert not grade(item, item.messages[-1].content).passed


@few
@given(seeds, st.sampled_from(LANGUAGES))
def test_arms_differ_in_the_conflicts_alone(seed: int, language: str) -> None:
    arms = make(seed, language)
    places = list(zip(arms.treatment, arms.baseline, strict=True))
    same = [ours for ours, theirs in places if ours is theirs]
    swapped = [(ours, theirs) for ours, theirs in places if ours is not theirs]
    assert len(same) == len(swapped) == SMALL.examples // 2
    assert all(item.aligned for item in same)
    for conflict, instead in swapped:
        assert conflict.condition == "conflict"
        assert instead.aligned
        assert (conflict.family, conflict.language) == (instead.family, instead.language)
    kinds = Counter(instead.condition for _, instead in swapped)
    assert abs(kinds["aligned"] - kinds["reference"]) <= len({item.family for item in same})
    ours, theirs = count_items(arms.treatment), count_items(arms.baseline)
    assert abs(ours - theirs) <= 0.01 * ours


@few
@given(seeds)
def test_places_are_as_frequent_in_conflicts_as_in_what_is_benign(seed: int) -> None:
    for items in ((make(seed)).seen, make(seed).unseen):
        told = {
            one: Counter(item.position for item in items if item.condition == one)
            for one in ("conflict", "aligned")
        }
        assert told["conflict"] == told["aligned"]
        phrasings = [Counter(item.phrasing for item in items if item.condition == one) for one in told]
        assert phrasings[0] == phrasings[1]


@few
@given(seeds)
def test_a_seed_makes_the_same_bytes_and_another_makes_others(seed: int) -> None:
    first, again, other = make(seed), make(seed), make(seed + 1)
    for part in Arms.__struct_fields__:
        assert encode_items(getattr(first, part)) == encode_items(getattr(again, part))
        assert encode_items(getattr(first, part)) != encode_items(getattr(other, part))


@few
@given(seeds)
def test_what_measures_does_not_depend_on_what_is_trained(seed: int) -> None:
    more = build_arms(seed, Sizes(examples=30, pairs=3, replay=3, seen=2, unseen=4))
    assert (more.seen, more.unseen) == (make(seed).seen, make(seed).unseen)
