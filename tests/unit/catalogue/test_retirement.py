from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest

from fen.catalogue import Card, Catalogue, PriceBook, Retirement, is_retired, resolve
from fen.wire.errors import ModelRetired

BEFORE = datetime(2026, 10, 22, 23, 59, 59, tzinfo=UTC)
AFTER = datetime(2026, 10, 23, tzinfo=UTC)


def make(name: str, successor: str | None = None, retired: date | None = date(2026, 1, 1)) -> Card:
    end = Retirement("https://vendor.example/ends", retired=retired, successor=successor)
    return Card(f"v/{name}", "v", name, "v", name, retirement=end)


def shelve(cards: Iterable[Card]) -> Catalogue:
    return Catalogue(cards, lambda _: PriceBook())


def test_gpt_35_turbo_gave_way_to_gpt_4o_mini(catalogue: Catalogue) -> None:
    card = catalogue.find("gpt-3.5-turbo-0125")
    assert card is not None
    assert resolve(card, catalogue, BEFORE) is card
    assert resolve(card, catalogue, AFTER, "successor").id == "openai/gpt-4o-mini"
    with pytest.raises(ModelRetired) as refused:
        resolve(card, catalogue, AFTER)
    assert (refused.value.status, refused.value.code, refused.value.param) == (410, "model_retired", "model")
    assert refused.value.message.startswith(
        "model: found openai/gpt-3.5-turbo, which openai retired on 2026-10-23 (https://developers.openai.com/"
    )
    assert refused.value.message.endswith(", expected a model that is served, such as openai/gpt-4o-mini")


def test_successors_that_are_retired_too_are_passed_over(catalogue: Catalogue) -> None:
    card = catalogue.find("anthropic/claude-3-5-sonnet")
    assert card is not None
    later = datetime(2026, 11, 30, tzinfo=UTC)
    assert resolve(card, catalogue, AFTER, "successor").id == "anthropic/claude-sonnet-4-5"
    assert resolve(card, catalogue, later, "successor").id == "anthropic/claude-sonnet-5-5"


def test_a_model_without_an_end_or_with_one_to_come_answers_itself() -> None:
    living = Card("v/a", "v", "a", "v", "a")
    announced = make("b", retired=None)
    for card in (living, announced):
        assert resolve(card, shelve([card]), AFTER) is card
        assert not is_retired(card, AFTER.date())


@pytest.mark.parametrize(
    "others",
    [[], [make("b", successor="v/a")], [make("b")], [make("b", successor="v/b")]],
    ids=["unknown", "in a circle", "at its end", "its own"],
)
def test_a_chain_that_leads_nowhere_is_refused(others: list[Card]) -> None:
    card = make("a", successor="v/b")
    with pytest.raises(ModelRetired, match=r"found v/a, .* expected a model that is served$"):
        resolve(card, shelve([card, *others]), AFTER, "successor")


def test_every_successor_is_in_the_catalogue(catalogue: Catalogue) -> None:
    ends = [card.retirement for card in catalogue.cards() if card.retirement is not None]
    assert len(ends) > 30
    assert all(end.successor is None or catalogue.find(end.successor) for end in ends)
    assert all(end.announced is None or end.retired is None or end.announced < end.retired for end in ends)
