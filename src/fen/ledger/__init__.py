"""The books: what was held, used and charged."""

from fen.ledger.book import Book
from fen.ledger.cap import Cap, Difference, Room
from fen.ledger.entry import Certainty, Entry, Exchange, Hold, Prices, Reservation, Settlement, UsageRow
from fen.ledger.fx import Fx, change_money, find_rate
from fen.ledger.line import Lines, Place
from fen.ledger.replica import KEEPER, Replica, claim_replica
from fen.ledger.routed import Expected, Routed, Savings
from fen.ledger.savings import RouteBook
from fen.ledger.statement import (
    add_usage,
    describe_entry,
    flatten_facts,
    fold_usage,
    sum_charges,
    sum_costs,
)
from fen.ledger.traffic import Used

__all__ = [
    "KEEPER",
    "Book",
    "Cap",
    "Certainty",
    "Difference",
    "Entry",
    "Exchange",
    "Expected",
    "Fx",
    "Hold",
    "Lines",
    "Place",
    "Prices",
    "Replica",
    "Reservation",
    "Room",
    "RouteBook",
    "Routed",
    "Savings",
    "Settlement",
    "UsageRow",
    "Used",
    "add_usage",
    "change_money",
    "claim_replica",
    "describe_entry",
    "find_rate",
    "flatten_facts",
    "fold_usage",
    "sum_charges",
    "sum_costs",
]
