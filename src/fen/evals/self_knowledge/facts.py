"""What is documented of a model, as options: a suite is loaded without knowing which model it will ask."""

from __future__ import annotations

from fen.catalogue.card import Card

CONTEXT = "model.context_window"
OUTPUT = "model.max_output_tokens"
CUTOFF = "model.knowledge_cutoff"
NAME = "model.name"

FACTS = (CONTEXT, OUTPUT, CUTOFF, NAME)
"""Options that whoever runs a suite fills from the model's card, where the suite has them and the user does
not set them. An empty one is not known."""


def state_facts(card: Card | None) -> dict[str, str]:
    """Return the options that a card fills; names are several, with `|` between."""
    if card is None:
        return {}
    facts: dict[str, str] = {NAME: "|".join(dict.fromkeys((card.name, card.upstream_model, *card.aliases)))}
    for option, fact in ((CONTEXT, card.context_window), (OUTPUT, card.max_output_tokens)):
        if fact is not None:
            facts[option] = str(fact.value)
    if card.knowledge_cutoff is not None:
        facts[CUTOFF] = card.knowledge_cutoff.value
    return facts
