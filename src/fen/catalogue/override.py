"""What a user's `fen.toml` says of a model: a correction of a known one, or a model of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from fen.catalogue.card import ABILITIES, Card, Fact
from fen.catalogue.tariff import Tariff, Tier
from fen.wire.errors import ConfigError
from fen.wire.money import CURRENCIES
from fen.wire.usage import METERS, Meter

SOURCE = "fen.toml"


class ModelOverride(msgspec.Struct, frozen=True):
    """A model of the configuration; what is None stays as the catalogue knows it.

    price: per million tokens by meter, and its `currency`. It is taken whole: a meter that it lacks has no
    price of the catalogue's, for two price lists do not mix. batch_price: likewise, in a vendor's batch.
    Raises ConfigError, saying what was found and what was expected, for what no model can have.
    """

    id: str
    upstream: str | None = None
    upstream_model: str | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    abilities: Sequence[str] | None = None
    price: Mapping[str, str | int | float] | None = None
    batch_price: Mapping[str, str | int | float] | None = None

    def __post_init__(self) -> None:
        vendor, _, model = self.id.partition("/")
        if not vendor or not model:
            raise ConfigError(f"models.{self.id}: found an id without a vendor, expected VENDOR/MODEL")
        for name, value in (
            ("context_window", self.context_window),
            ("max_output_tokens", self.max_output_tokens),
        ):
            if value is not None and value < 1:
                raise ConfigError(f"models.{self.id}.{name}: found {value}, expected at least 1")
        for ability in self.abilities or ():
            if ability not in ABILITIES:
                expected = ", ".join(ABILITIES)
                raise ConfigError(
                    f"models.{self.id}.abilities: found {ability!r}, expected some of {expected}"
                )
        self.tariffs(date.min)

    def apply(self, card: Card | None, today: date) -> Card:
        """Return the card with what is given replaced, or a new card where there was none."""
        vendor, _, model = self.id.partition("/")
        if card is None:
            card = Card(self.id, vendor, model, vendor, model)
        given: dict[str, object] = {
            "upstream": self.upstream,
            "upstream_model": self.upstream_model,
            **_limit(card, "context_window", "other_context_windows", _fact(self.context_window, today)),
            **_limit(card, "max_output_tokens", "other_max_outputs", _fact(self.max_output_tokens, today)),
        }
        if self.abilities is not None:
            given |= {
                "abilities": frozenset(self.abilities),
                "abilities_source": SOURCE,
                "abilities_checked": today,
            }
        return msgspec.structs.replace(card, **{k: v for k, v in given.items() if v is not None})

    def tariffs(self, today: date) -> list[Tariff]:
        """Return its prices as tariffs that always hold, one of a tier at most."""
        given: tuple[tuple[str, Tier, Mapping[str, str | int | float] | None], ...] = (
            ("price", "standard", self.price),
            ("batch_price", "batch", self.batch_price),
        )
        return [
            Tariff(str(price.get("currency")), _read_price(f"{self.id}.{name}", price), SOURCE, today, tier)
            for name, tier, price in given
            if price is not None
        ]


def _fact(value: int | None, today: date) -> Fact[int] | None:
    return None if value is None else Fact(value, SOURCE, today)


def _limit(card: Card, limit: str, beside: str, own: Fact[int] | None) -> dict[str, object]:
    """Let the configuration's word count, whether smaller or larger, and keep what was known beside it."""
    if own is None:
        return {}
    known: Fact[int] | None = getattr(card, limit)
    others: tuple[Fact[int], ...] = getattr(card, beside)
    return {limit: own, beside: (known, *others) if known is not None else others}


def _read_price(place: str, price: Mapping[str, str | int | float]) -> dict[Meter, Decimal]:
    currency = price.get("currency")
    if currency not in CURRENCIES:
        expected = " or ".join(CURRENCIES)
        raise ConfigError(f"models.{place}.currency: found {currency!r}, expected {expected}")
    unknown = [name for name in price if name != "currency" and name not in METERS]
    if unknown:
        expected = ", ".join(METERS)
        raise ConfigError(f"models.{place}: found the meter {unknown[0]!r}, expected one of {expected}")
    return {meter: _amount(place, meter, price[meter]) for meter in METERS if meter in price}


def _amount(place: str, meter: str, value: str | int | float) -> Decimal:
    try:
        # A float's shortest text is what stands in the file.
        amount = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        message = f'found {value!r}, expected a decimal number of at least 0, such as "0.15"'
        raise ConfigError(f"models.{place}.{meter}: {message}")
    return amount
