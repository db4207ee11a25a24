"""Which of a limit's sources counts, and what is kept of the others."""

from datetime import date

import pytest

from fen.catalogue import Card, Catalogue, Fact, ModelOverride, Unlock, list_disagreements, load_catalogue
from fen.catalogue.card import weigh

DAY = date(2026, 11, 24)


def test_the_smallest_counts_and_of_equals_one_that_was_checked() -> None:
    believed, seen, larger = Fact(8, "a"), Fact(8, "b", DAY), Fact(9, "c", DAY)
    assert weigh([larger, believed, seen]) == (seen, (believed, larger))
    assert weigh([]) == (None, ())


def test_a_card_keeps_what_every_source_says(catalogue: Catalogue) -> None:
    card = catalogue.find("openai/gpt-4.1")
    assert card is not None
    assert card.context_window is not None
    assert (card.context_window.value, card.context_window.source) == (1_000_000, "genai-prices 0.2.3")
    assert {fact.value for fact in card.other_context_windows} == {1_047_576}
    assert len({fact.source for fact in card.other_context_windows}) == 2


def test_disagreements_are_listed(catalogue: Catalogue) -> None:
    found = {(item.model, item.limit): item for item in list_disagreements(catalogue.cards())}
    glm = found["zhipu/glm-5", "context_window"]
    assert (glm.counts.value, [fact.value for fact in glm.others]) == (200_000, [204_800])
    gemini = found["google/gemini-2.5-pro", "max_output_tokens"]
    assert (gemini.counts.value, [fact.value for fact in gemini.others]) == (65_535, [65_536])
    assert ("openai/gpt-4o", "context_window") not in found, "all sources agree"


@pytest.mark.parametrize("window", [1_000, 2_000_000])
def test_the_configurations_word_counts_and_the_rest_stays_beside_it(
    catalogue: Catalogue, window: int
) -> None:
    known = catalogue.find("openai/gpt-4.1")
    card = load_catalogue([ModelOverride("openai/gpt-4.1", context_window=window)]).find("openai/gpt-4.1")
    assert known is not None
    assert card is not None
    assert card.context_window is not None
    assert (card.context_window.value, card.context_window.source) == (window, "fen.toml")
    assert card.other_context_windows == (known.context_window, *known.other_context_windows)
    [item] = list_disagreements([card])
    assert (item.limit, item.counts.value) == ("context_window", window)


def make_card(*unlocks: Unlock, base: int | None = 4096) -> Card:
    fact = Fact(base, "list") if base else None
    return Card("v/m", "v", "m", "v", "m", max_output_tokens=fact, unlocks=unlocks)


def test_the_longest_output_is_that_of_an_unlock_while_it_holds() -> None:
    unlock = Unlock(8192, "letter", DAY, starts=date(2024, 7, 15), ends=date(2025, 1, 1))
    card = make_card(unlock, Unlock(1024, "smaller"))
    assert card.longest_output(date(2024, 7, 14)) == Fact(4096, "list")
    assert card.longest_output(date(2024, 7, 15)) == Fact(8192, "letter", DAY)
    assert card.longest_output(date(2025, 1, 1)) == Fact(4096, "list")
    assert make_card().longest_output(DAY) == Fact(4096, "list")
    assert make_card(base=None).longest_output(DAY) is None


def test_claude_35_sonnet_is_unlocked_by_its_header(catalogue: Catalogue) -> None:
    card = catalogue.find("anthropic/claude-3-5-sonnet")
    assert card is not None
    [unlock] = card.unlocks
    assert unlock.headers == (("anthropic-beta", "max-tokens-3-5-sonnet-2024-07-15"),)
    assert unlock.max_output == 8192
    assert unlock.checked is not None
