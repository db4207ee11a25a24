from datetime import date

from msgspec.structs import replace

from fen.app.retiring import list_retiring
from fen.catalogue import Card, Catalogue, PriceBook, Retirement
from fen.ledger import UsageRow

TODAY = date(2026, 11, 24)
EMPTY = UsageRow(None, None, 0, 0, 0, 0, None, None, None, None, 0, 0, 0)


def card(name: str, retired: date | None = None, announced: date | None = None) -> Card:
    end = Retirement("https://vendor.example/ends", TODAY, announced, retired, "v/new")
    return Card(f"v/{name}", "v", name, "v", name, retirement=end if retired or announced else None)


def test_what_was_asked_and_ends_is_listed_the_soonest_first() -> None:
    cards = [
        card("soon", retired=date(2026, 12, 1)),
        card("gone", retired=date(2026, 11, 1)),
        card("someday", announced=date(2026, 11, 1)),
        card("unasked", retired=date(2026, 12, 1)),
        card("stays"),
    ]
    usage = [
        replace(EMPTY, model="v/soon", requests=2, currency="USD"),
        replace(EMPTY, model="v/soon", requests=3, currency="CNY"),
        replace(EMPTY, model="v/gone", requests=1),
        replace(EMPTY, model="v/someday", requests=1),
        replace(EMPTY, model="v/stays", requests=9),
        replace(EMPTY, model="v/unknown", requests=9),
        replace(EMPTY, model=None, requests=9),
    ]
    found = list_retiring(Catalogue(cards, lambda _: PriceBook()), usage, TODAY)
    assert [(item.model, item.requests, item.days) for item in found] == [
        ("v/gone", 1, -23),
        ("v/soon", 5, 7),
        ("v/someday", 1, None),
    ]
    assert found[0].successor == "v/new"
