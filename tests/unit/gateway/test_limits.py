"""What a model gives in a tier, and what its upstream's refusals teach."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fen.accounts.tier import Tier
from fen.catalogue import Card, Catalogue, Fact, Unlock
from fen.catalogue.learnt import LIFETIME, Learnt
from fen.gateway.limits import LimitBook, effective
from fen.wire.errors import ErrorBody, UpstreamRejected

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
API = Tier("api")
BETA = (("anthropic-beta", "longer-2026"),)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def moment(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


def card(window: int | None = 8192, output: int | None = 4096, *unlocks: Unlock) -> Card:
    return Card(
        "v/m",
        "v",
        "m",
        "v",
        "m-1",
        context_window=Fact(window, "list", DAY) if window else None,
        max_output_tokens=Fact(output, "list", DAY) if output else None,
        unlocks=unlocks,
    )


def refusal(message: str, status: int = 400, param: str | None = None) -> UpstreamRejected:
    return UpstreamRejected(status, ErrorBody(message, "invalid_request_error", param))


def book(clock: Clock | None = None) -> LimitBook:
    clock = clock or Clock()
    return LimitBook(Learnt(clock=clock.moment), clock.seconds)


def test_the_smaller_of_the_tier_and_the_model_counts() -> None:
    tier = Tier("web", context_window=8191, max_output_tokens=10_000)
    limits = effective(card(), tier, Learnt(), DAY)
    assert (limits.window, limits.output, limits.cap) == (8191, 4096, 10_000)
    assert limits.context_window == Fact(8191, "tier 'web'")
    assert limits.max_output == Fact(4096, "list", DAY)
    small = effective(card(), Tier("small", max_output_tokens=100), Learnt(), DAY)
    assert small.max_output == Fact(100, "tier 'small'")
    assert (small.window, small.base) == (8192, 4096)


def test_what_nobody_knows_is_unknown() -> None:
    limits = effective(card(None, None), API, Learnt(), DAY)
    assert (limits.window, limits.output, limits.cap, limits.base) == (None, None, None, None)
    assert limits.for_output(1_000_000) == ()


def test_claude_35_sonnet_gets_its_header_when_the_answer_needs_it(catalogue: Catalogue) -> None:
    sonnet = catalogue.find("claude-3-5-sonnet-20240620")
    assert sonnet is not None
    limits = effective(sonnet, API, Learnt(), DAY)
    header = (("anthropic-beta", "max-tokens-3-5-sonnet-2024-07-15"),)
    assert (limits.base, limits.output) == (4096, 8192)
    assert [limits.for_output(n) for n in (None, 1, 4096, 4097, 8192, 9000)] == [
        (),
        (),
        (),
        header,
        header,
        header,
    ]
    assert limits.max_output is not None
    assert limits.max_output.source == "https://platform.claude.com/docs/es/developer-newsletter/july2024"


def test_the_smallest_step_that_reaches_is_taken() -> None:
    further = Unlock(32_768, "docs", DAY, parameters={"long": True})
    limits = effective(card(None, 4096, further, Unlock(8192, "docs", DAY, BETA)), API, Learnt(), DAY)
    assert limits.output == 32_768
    assert limits.for_output(8000) == BETA
    assert limits.parameters_for_output(8000) == {}
    assert limits.for_output(8193) == ()
    assert limits.parameters_for_output(8193) == {"long": True}


def test_an_unlock_that_is_over_unlocks_nothing() -> None:
    over = Unlock(8192, "docs", DAY, BETA, ends=DAY)
    limits = effective(card(None, 4096, over), API, Learnt(), DAY)
    assert (limits.output, limits.steps) == (4096, ())


def test_a_refusal_lowers_the_limit_and_says_so() -> None:
    limits = book()
    assert limits.effective(card(), API).output == 4096
    error = refusal("Invalid max_tokens value, the valid range of max_tokens is [1, 2048]")
    assert limits.learn(card(), error)
    found = limits.effective(card(), API)
    assert found.max_output == Fact(2048, "upstream error", DAY)
    assert found.context_window == Fact(8192, "list", DAY)
    [row] = limits.learnt.list()
    assert (row.upstream, row.model, row.kind, row.value) == ("v", "m-1", "max_output_tokens", 2048)


def test_a_context_that_nobody_knew_is_learnt() -> None:
    limits = book()
    assert limits.learn(card(None), refusal("This model's maximum context length is 4097 tokens."))
    assert limits.effective(card(None), API).window == 4097


def test_a_limit_named_in_the_parameter_is_read() -> None:
    error = refusal("Param Incorrect", param="This model supports at most 1024 completion tokens")
    assert book().learn(card(), error)


@pytest.mark.parametrize(
    "error",
    [
        refusal("the valid range of max_tokens is [1, 4096]"),
        refusal("the valid range of max_tokens is [1, 9999]"),
        refusal("the valid range of max_tokens is [1, 2048]", status=429),
        refusal("the valid range of max_tokens is [1, 2048]", status=500),
        refusal("no such model"),
    ],
    ids=["known", "higher", "rate", "fault", "other"],
)
def test_nothing_is_learnt_from_what_is_known_or_is_no_limit(error: UpstreamRejected) -> None:
    limits = book()
    assert not limits.learn(card(), error)
    assert limits.effective(card(), API).output == 4096
    assert limits.learnt.list() == []


def test_a_tiers_own_limit_does_not_hide_what_is_learnt() -> None:
    limits = book()
    tier = Tier("small", max_output_tokens=1000)
    assert limits.effective(card(), tier).output == 1000
    assert limits.learn(card(), refusal("the valid range of max_tokens is [1, 2048]"))
    assert limits.effective(card(), tier).output == 1000
    assert limits.effective(card(), API).output == 2048


def test_another_version_of_the_model_has_limits_of_its_own(catalogue: Catalogue) -> None:
    limits = book()
    old, new = catalogue.find("claude-3-5-sonnet-20240620"), catalogue.find("claude-3-5-sonnet-20241022")
    assert old is not None
    assert new is not None
    said = "max_tokens: 4096 > 2048, which is the maximum allowed number of output tokens for"
    assert limits.learn(old, refusal(said))
    assert (limits.effective(old, API).base, limits.effective(new, API).base) == (2048, 4096)


@pytest.mark.parametrize(
    ("headers", "base", "output"),
    [
        ((), 2048, 8192),
        ((("Anthropic-Beta", "tools-2024, longer-2026"),), 4096, 4096),
        ((("anthropic-beta", "tools-2024"),), 2048, 8192),
    ],
    ids=["without it", "with it", "with another"],
)
def test_a_refusal_is_of_what_was_sent(headers: tuple[tuple[str, str], ...], base: int, output: int) -> None:
    model = card(None, 4096, Unlock(8192, "docs", DAY, BETA))
    limits = book()
    assert limits.learn(model, refusal("the valid range of max_tokens is [1, 2048]"), headers)
    found = limits.effective(model, API)
    assert (found.base, found.output) == (base, output)


def test_what_was_learnt_is_tried_again_after_a_day() -> None:
    clock = Clock()
    limits = book(clock)
    limits.learn(card(), refusal("the valid range of max_tokens is [1, 2048]"))
    clock.now += LIFETIME - timedelta(seconds=1)
    assert limits.effective(card(), API).output == 2048
    clock.now += timedelta(hours=1)
    assert limits.effective(card(), API).output == 4096
    assert limits.learnt.list() == []


def test_a_limit_is_computed_once_until_something_changes() -> None:
    clock = Clock()
    limits, model = book(clock), card()
    first = limits.effective(model, API)
    assert limits.effective(card(), API) is first
    assert limits.effective(model, Tier("web", context_window=1)) is not first
    limits.learn(Card("o/o", "o", "o", "o", "o"), refusal("the valid range of max_tokens is [1, 2048]"))
    again = limits.effective(model, API)
    assert again == first
    assert again is not first
    clock.now += timedelta(days=1)
    assert limits.effective(model, API) is not again


def test_an_unlock_begins_at_midnight() -> None:
    clock = Clock()
    limits = book(clock)
    model = card(None, 4096, Unlock(8192, "docs", DAY, BETA, starts=date(2026, 11, 25)))
    assert limits.effective(model, API).output == 4096
    clock.now = datetime(2026, 11, 25, tzinfo=UTC)
    assert limits.effective(model, API).output == 8192
