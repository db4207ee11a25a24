"""Catalogues of one model, for plans."""

from datetime import UTC, datetime, time
from decimal import Decimal

from fen.catalogue import Card, Catalogue, PriceBook, Tariff, Window

DAY = datetime(2026, 3, 14, tzinfo=UTC)
CARD = Card("vendor/model", "vendor", "Model", "vendor", "model")


def at(hour: float, day: int = 0) -> datetime:
    """An hour of a day."""
    return DAY.replace(day=14 + day, hour=int(hour), minute=round(hour % 1 * 60))


def tariff(price: str, hours: tuple[int, int] | None = None, **more: object) -> Tariff:
    """A price of input and output alike, always or within hours of UTC."""
    amounts = {"input": Decimal(price), "output": Decimal(price)}
    windows = (Window(time(hours[0]), time(hours[1])),) if hours else ()
    given = {"prices": amounts, "windows": windows, "currency": "USD", **more}
    return Tariff(source="https://a.example", checked=DAY.date(), **given)


def catalogue(*tariffs: Tariff) -> Catalogue:
    """A catalogue of CARD at these prices."""
    return Catalogue([CARD], lambda _: PriceBook(tariffs, ("USD", "CNY")))
