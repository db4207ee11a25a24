"""What models can do, and what they cost through time."""

from fen.catalogue.book import PriceBook
from fen.catalogue.card import ABILITIES, Ability, Card, Fact, Retirement, Unlock
from fen.catalogue.disagreements import Disagreement, list_disagreements
from fen.catalogue.load import load_catalogue
from fen.catalogue.lookup import Catalogue
from fen.catalogue.override import ModelOverride
from fen.catalogue.rates import FALLBACKS, Rates, cost, worst_case
from fen.catalogue.retirement import OnRetired, is_retired, resolve
from fen.catalogue.schedule import Window, join_windows
from fen.catalogue.show import Summary, describe, summarize
from fen.catalogue.tariff import TIERS, Bracket, PriceRow, Tariff, Tier

__all__ = [
    "ABILITIES",
    "FALLBACKS",
    "TIERS",
    "Ability",
    "Bracket",
    "Card",
    "Catalogue",
    "Disagreement",
    "Fact",
    "ModelOverride",
    "OnRetired",
    "PriceBook",
    "PriceRow",
    "Rates",
    "Retirement",
    "Summary",
    "Tariff",
    "Tier",
    "Unlock",
    "Window",
    "cost",
    "describe",
    "is_retired",
    "join_windows",
    "list_disagreements",
    "load_catalogue",
    "resolve",
    "summarize",
    "worst_case",
]
