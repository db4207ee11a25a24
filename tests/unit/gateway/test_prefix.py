"""Where a conversation stays, and when it is let go."""

import json
from collections.abc import Sequence
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


A = Member("a", "openai", rates("2", "0.2"))
B = Member("b", "openai", rates("2", "0.2"))
BOTH = (A, B)


def turns(*texts: str, **members: Any) -> Request:
    roles = ("user", "assistant")
    messages = [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]
    return parse_request("openai.chat", json.dumps({"model": "m", "messages": messages} | members).encode())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def held_by(member: Member, request: Request, **options: Any) -> Prefixes:
    prefixes = Prefixes(**options)
    prefixes.note(request, member)
    return prefixes


def test_a_new_conversation_goes_to_the_first() -> None:
    assert held_by(B, turns(LONG)).prefer(turns("other " + LONG), BOTH) is A


def test_the_next_turn_goes_where_the_first_was_read() -> None:
    prefixes = held_by(B, turns(LONG))
    assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) is B
    assert prefixes.prefer(turns(LONG), BOTH) is B
    assert prefixes.prefer(turns(LONG, temperature=1), BOTH) is B


def test_what_comes_before_the_turns_is_part_of_the_prefix() -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert held_by(B, turns(LONG)).prefer(turns(LONG, "so", "and?", tools=tools), BOTH) is A
    assert held_by(B, turns(LONG, tools=tools)).prefer(turns(LONG, "so", "and?", tools=tools), BOTH) is B


def test_turns_cut_elsewhere_are_another_prefix() -> None:
    assert held_by(B, turns(LONG, "ab", LONG)).prefer(turns(LONG + "ab", LONG, LONG), BOTH) is A


def test_the_longest_prefix_decides() -> None:
    prefixes = held_by(A, turns(LONG))
    prefixes.note(turns(LONG, "so", "and?"), B)
    prefixes.note(turns(LONG), A)
    assert prefixes.prefer(turns(LONG, "so", "and?", "then", "ok"), (A, B)) is B
    assert prefixes.prefer(turns(LONG, "else"), (B, A)) is A


def test_a_short_prefix_is_not_remembered() -> None:
    prefixes = held_by(B, turns("short"))
    assert len(prefixes) == 0
    assert prefixes.prefer(turns("short", "so", "and?"), BOTH) is A


def test_a_holder_that_is_not_among_the_members_is_passed_over() -> None:
    prefixes = held_by(Member("gone", "openai"), turns(LONG))
    assert prefixes.prefer(turns(LONG, "so", "and?"), BOTH) is A
    assert prefixes.prefer(turns(LONG), (A,)) is A


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
        (rates("0.1", currency="CNY"), rates("2", "0.2"), True),
        (None, rates("2", "0.2"), True),
        (rates("0.1"), None, True),
    ],
)
def test_a_conversation_stays_while_that_is_cheaper(
    first: Rates | None, holder: Rates | None, stays: bool
) -> None:
    members = (Member("first", "openai", first), Member("holder", "openai", holder))
    prefixes = held_by(members[1], turns(LONG))
    assert prefixes.prefer(turns(LONG, "so", "and?"), members, 500) is members[stays]


def test_the_price_of_the_whole_prompt_counts_not_of_the_prefix_alone() -> None:
    """What is new since is dear at the holder: 2,500 tokens of it at 2 outweigh 2,500 read again at 0.5."""
    members = (Member("first", "openai", rates("0.5")), Member("holder", "openai", rates("2", "0.2")))
    prefixes = held_by(members[1], turns(LONG))
    assert prefixes.prefer(turns(LONG, "so", "and?"), members) is members[1]
    assert prefixes.prefer(turns(LONG, "so", LONG), members) is members[0]


def test_a_prefix_lasts_as_long_as_its_vendor_keeps_it() -> None:
    clock = Clock()
    vendors = load_lifetimes()
    for vendor in ("openai", "anthropic", "deepseek", "some-server"):
        seconds = vendors.get(vendor, vendors["default"]).seconds
        members: Sequence[Member] = (Member("x", vendor), Member("y", vendor))
        prefixes = held_by(members[1], turns(LONG), clock=clock)
        clock.now += seconds - 1
        assert prefixes.prefer(turns(LONG, "so", "and?"), members) is members[1]
        prefixes.note(turns(LONG, "so", "and?"), members[1])  # use keeps it
        clock.now += seconds - 1
        assert prefixes.prefer(turns(LONG, "so", "and?"), members) is members[1]
        clock.now += 1
        assert prefixes.prefer(turns(LONG, "so", "and?"), members) is members[0]


def test_no_more_prefixes_than_the_bound_are_remembered() -> None:
    prefixes = Prefixes(most=4)
    for number in range(6):
        prefixes.note(turns(f"{number} {LONG}"), B)
    assert len(prefixes) == 4
    assert prefixes.prefer(turns(f"5 {LONG}"), BOTH) is B
    assert prefixes.prefer(turns(f"0 {LONG}"), BOTH) is A


def test_a_prefix_of_anthropics_format_is_read_too() -> None:
    body = {"model": "m", "max_tokens": 5, "system": LONG, "messages": [{"role": "user", "content": "hi"}]}
    request = parse_request("anthropic.messages", json.dumps(body).encode())
    later = body | {"messages": [{"role": "user", "content": "else"}]}
    prefixes = held_by(B, request)
    assert prefixes.prefer(parse_request("anthropic.messages", json.dumps(later).encode()), BOTH) is B


def test_what_vendors_state_names_its_source() -> None:
    for vendor, lifetime in load_lifetimes().items():
        assert isinstance(lifetime, Lifetime)
        assert (lifetime.seconds > 0, lifetime.least > 0, lifetime.source != "") == (True, True, True), vendor
