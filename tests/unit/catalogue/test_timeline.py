"""The timeline, narrowed."""

from datetime import UTC, datetime

from fen.catalogue import load_catalogue
from fen.catalogue.timeline import Wanted, find_cards, find_entries

CATALOGUE = load_catalogue()
MAY, AUGUST = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 8, 1, tzinfo=UTC)


def test_cuts_of_a_time_in_one_currency() -> None:
    found = find_entries(CATALOGUE, Wanted(currency="CNY", cuts=True), MAY, AUGUST)
    assert ("zhipu/glm-3-turbo", "2024-05-11") in {(one.model, str(one.day)) for one in found}
    assert all(one.is_cut and one.currency == "CNY" for one in found)


def test_words_vendors_and_kinds_narrow() -> None:
    found = find_entries(CATALOGUE, Wanted("3.5 turbo", ("openai",), what=("retirement",)))
    assert "openai/gpt-3.5-turbo" in {one.model for one in found}
    assert {one.what for one in found} == {"retirement"}
    cards = find_cards(CATALOGUE, Wanted("3.5 turbo", ("openai",)))
    assert {one.model for one in found} <= {card.id for card in cards}
    assert all(card.vendor == "openai" for card in cards)
