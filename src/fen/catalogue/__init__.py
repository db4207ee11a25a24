"""What models can do, and what they cost through time."""

from fen.catalogue.book import PriceBook
from fen.catalogue.card import ABILITIES, Ability, Card, Fact
from fen.catalogue.load import load_catalogue
from fen.catalogue.lookup import Catalogue
from fen.catalogue.override import ModelOverride
from fen.catalogue.rates import FALLBACKS, Rates, cost, worst_case
from fen.catalogue.schedule import Window
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
    "Fact",
    "ModelOverride",
    "PriceBook",
    "PriceRow",
    "Rates",
    "Summary",
    "Tariff",
    "Tier",
    "Window",
    "cost",
    "describe",
    "load_catalogue",
    "summarize",
    "worst_case",
]
