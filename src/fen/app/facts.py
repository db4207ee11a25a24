"""What is documented of a model, as options of the suites that ask for it."""

from __future__ import annotations

from collections.abc import Iterable

from fen.app.offers import read_offers
from fen.app.settings import Settings
from fen.evals.self_knowledge.facts import FACTS, state_facts
from fen.evals.suite import Suite


def describe_model(settings: Settings, model: str, suites: Iterable[Suite]) -> dict[str, str]:
    """Return a run's options, as `SUITE.NAME`, with what the model's card says; none that no suite has.

    They are kept with the run, so that scoring it anew finds the card as it was.
    """
    wanting = [suite for suite in suites if not suite.options.keys().isdisjoint(FACTS)]
    if not wanting:
        return {}
    facts = state_facts(read_offers(settings).catalogue.find(model))
    return {
        f"{suite.name}.{name}": value
        for suite in wanting
        for name, value in facts.items()
        if name in suite.options
    }
