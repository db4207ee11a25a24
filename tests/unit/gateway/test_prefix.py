"""Where a conversation stays, and when it is let go."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from fen.catalogue import Rates
from fen.gateway.prefix import Lifetime, Member, Prefixes, load_lifetimes
from fen.wire.request import Request, parse_request

LONG = "word " * 2000  # 2500 tokens, by the usual ratio


def rates(fresh: str, cached: str | None = None, output: str = "10", currency: str = "USD") -> Rates:
    prices = {"input": Decimal(fresh), "output": Decimal(output)}
    return Rates(currency, prices | ({} if cached is None else {"cached_input": Decimal(cached)}), "test")  # pyright: ignore[reportArgumentType]


A, B = "a", "b"
BOTH = (A, B)
SAME = Member("openai", rates("2", "0.2"))
MEMBERS = {A: SAME, B: SAME}
Members = Mapping[str, Member]


def turns(*texts: str, **members: Any) -> Request:
    roles = ("user", "assistant")
    messages = [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]
    return parse_request("openai.chat", json.dumps({"model": "m", "messages": messages} | members).encode())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class World:
    """Prefixes, and the members that read them."""

    def __init__(self, members: Members = MEMBERS, **options: Any) -> None:
        self.prefixes = Prefixes(**options)
        self.members = members

    def note(self, request: Request, member: str, scope: str = "") -> None:
        trail = self.prefixes.follow(request, self.members, scope)
        if trail is not None:
            trail.note(member)

    def leave(self, request: Request, member: str) -> None:
        trail = self.prefixes.follow(request, self.members)
        assert trail is not None
        trail.leave(member)

    def prefer(self, request: Request, ids: Sequence[str], most_output: int = 0, scope: str = "") -> str:
        trail = self.prefixes.follow(request, self.members, scope)
        return ids[0] if trail is None else trail.prefer(ids, most_output)


def held_by(member: str, request: Request, members: Members = MEMBERS, **options: Any) -> World:
    world = World(members, **options)
    world.note(request, member)
    return world


def test_a_new_conversation_goes_to_the_first() -> None:
    assert held_by(B, turns(LONG)).prefer(turns("other " + LONG), BOTH) == A


def test_the_next_turn_goes_where_the_first_was_read() -> None:
    prefixes = held_by(B, turns(LONG))
    assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) == B
    assert prefixes.prefer(turns(LONG), BOTH) == B
    assert prefixes.prefer(turns(LONG, temperature=1), BOTH) == B


def test_what_comes_before_the_turns_is_part_of_the_prefix() -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert held_by(B, turns(LONG)).prefer(turns(LONG, "so", "and?", tools=tools), BOTH) == A
    assert held_by(B, turns(LONG, tools=tools)).prefer(turns(LONG, "so", "and?", tools=tools), BOTH) == B


def test_turns_cut_elsewhere_are_another_prefix() -> None:
    assert held_by(B, turns(LONG, "ab", LONG)).prefer(turns(LONG + "ab", LONG, LONG), BOTH) == A


def test_the_longest_prefix_decides() -> None:
    prefixes = held_by(A, turns(LONG))
    prefixes.note(turns(LONG, "so", "and?"), B)
    prefixes.note(turns(LONG), A)
    assert prefixes.prefer(turns(LONG, "so", "and?", "then", "ok"), (A, B)) == B
    assert prefixes.prefer(turns(LONG, "else"), (B, A)) == A


def test_a_short_prefix_is_not_remembered() -> None:
    prefixes = held_by(B, turns("short"))
    assert len(prefixes.prefixes) == 0
    assert prefixes.prefer(turns("short", "so", "and?"), BOTH) == A


def test_what_no_cache_can_hold_is_not_even_read() -> None:
    prefixes = Prefixes()
    assert prefixes.follow(turns("short"), MEMBERS) is None
    least = load_lifetimes()["openai"].least
    assert prefixes.follow(turns("x" * 4 * least), MEMBERS) is not None
    input_ = parse_request("openai.embeddings", json.dumps({"model": "m", "input": LONG}).encode())
    assert prefixes.follow(input_, MEMBERS) is None


def test_what_one_model_has_read_another_has_not() -> None:
    world = World()
    world.note(turns(LONG), B, scope="one")
    assert world.prefer(turns(LONG), BOTH, scope="one") == B
    assert world.prefer(turns(LONG), BOTH, scope="other") == A
    world.note(turns(LONG), A, scope="other")
    assert world.prefer(turns(LONG), (B, A), scope="other") == A
    assert world.prefer(turns(LONG), BOTH, scope="one") == B


def test_a_member_that_failed_is_let_go_and_no_other() -> None:
    world = held_by(B, turns(LONG))
    world.leave(turns(LONG, "so", "and?"), A)
    assert world.prefer(turns(LONG, "so", "and?"), BOTH) == B
    world.leave(turns(LONG, "so", "and?"), B)
    assert world.prefer(turns(LONG, "so", "and?"), BOTH) == A


def test_who_is_no_member_counts_for_nothing() -> None:
    world = held_by(B, turns(LONG))
    world.note(turns(LONG), "another model")
    assert world.prefer(turns(LONG), BOTH) == B


def test_a_holder_that_is_not_among_the_members_is_passed_over() -> None:
    prefixes = held_by("gone", turns(LONG), {**MEMBERS, "gone": SAME})
    assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) == A
    assert prefixes.prefer(turns(LONG), (A,)) == A


@pytest.mark.parametrize(
    ("first", "holder", "stays"),
    [
        (rates("2", "0.2"), rates("2", "0.2"), True),
        (rates("2"), rates("2"), True),  # no discount and no loss: there is nothing to gain by moving
        (rates("0.1"), rates("2", "0.2"), False),  # fresh elsewhere is cheaper than cached here
        (rates("0.3"), rates("2", "0.2"), True),
        (
            rates("2", output="1"),
            rates("2", "0.2", output="50"),
            False,
        ),  # the answer costs more than is saved
        (rates("2", output="50"), rates("1.9", "0.2", output="10"), True),
        (rates("0.1"), rates("2"), False),  # nothing is said of a discount
        (rates("0.1", currency="CNY"), rates("2", "0.2"), False),  # who can say which is cheaper?
        (None, rates("2", "0.2"), False),
        (rates("2"), None, False),
        (None, None, True),
    ],
)
def test_a_conversation_stays_while_that_is_cheaper(
    first: Rates | None, holder: Rates | None, stays: bool
) -> None:
    members = {"first": Member("openai", first), "holder": Member("openai", holder)}
    prefixes = held_by("holder", turns(LONG), members)
    found = prefixes.prefer(turns(LONG, "so", "and?"), list(members), 500)
    assert found == ("holder" if stays else "first")


def test_the_price_of_the_whole_prompt_counts_not_of_the_prefix_alone() -> None:
    """What is new since is dear at the holder: 2,500 tokens of it at 2 outweigh 2,500 read again at 0.5."""
    members = {A: Member("openai", rates("0.5")), B: Member("openai", rates("2", "0.2"))}
    prefixes = held_by(B, turns(LONG), members)
    assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) == B
    assert prefixes.prefer(turns(LONG, "so", LONG), BOTH) == A


def test_a_prefix_lasts_as_long_as_its_vendor_keeps_it() -> None:
    clock = Clock()
    vendors = load_lifetimes()
    for vendor in ("openai", "anthropic", "deepseek", "some-server"):
        seconds = vendors.get(vendor, vendors["default"]).seconds
        members: Members = dict.fromkeys(BOTH, Member(vendor))
        prefixes = held_by(B, turns(LONG), members, clock=clock)
        clock.now += seconds - 1
        assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) == B
        prefixes.note(turns(LONG, "so", "and?"), B)  # use keeps it
        clock.now += seconds - 1
        assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) == B
        clock.now += 1
        assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) == A


def test_no_more_prefixes_than_the_bound_are_remembered() -> None:
    prefixes = World(most=4)
    for number in range(6):
        prefixes.note(turns(f"{number} {LONG}"), B)
    assert len(prefixes.prefixes) == 4
    assert prefixes.prefer(turns(f"5 {LONG}"), BOTH) == B
    assert prefixes.prefer(turns(f"0 {LONG}"), BOTH) == A


def test_a_prefix_of_anthropics_format_is_read_too() -> None:
    body = {"model": "m", "max_tokens": 5, "system": LONG, "messages": [{"role": "user", "content": "hi"}]}
    request = parse_request("anthropic.messages", json.dumps(body).encode())
    later = body | {"messages": [{"role": "user", "content": "else"}]}
    prefixes = held_by(B, request)
    assert prefixes.prefer(parse_request("anthropic.messages", json.dumps(later).encode()), BOTH) == B


def test_what_vendors_state_names_its_source() -> None:
    for vendor, lifetime in load_lifetimes().items():
        assert isinstance(lifetime, Lifetime)
        assert (lifetime.seconds > 0, lifetime.least > 0, lifetime.source != "") == (True, True, True), vendor
