"""Column types: money and moments as whole numbers, in which every database adds and compares exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import BigInteger, Dialect, MetaData, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from fen.wire.money import QUANTUM

PICO_PER_UNIT = int(1 / QUANTUM)
"""How many of the books' smallest amounts make one unit of a currency."""

MICROS_PER_DAY = 86_400_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.date().toordinal()
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1
_PLACES = -QUANTUM.adjusted()

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of Fen; a room declares its own against it in its `store.py`."""


def to_pico(amount: Decimal) -> int:
    """Return an amount in units of wire.money.QUANTUM (1e-12), rounded half-even.

    Raises ValueError above 9,223,372 units of currency, the largest that a 64-bit column holds.
    """
    pico = round(amount.scaleb(_PLACES))
    if not -_LARGEST <= pico <= _LARGEST:
        raise ValueError(f"found an amount of {amount:f}, expected at most {Decimal(_LARGEST) * QUANTUM:f}")
    return pico


def from_pico(pico: int) -> Decimal:
    """Return the amount of a whole number of QUANTUMs."""
    return Decimal(pico).scaleb(-_PLACES)


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC; raises TypeError for a moment without a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the moment, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def to_day(moment: datetime) -> int:
    """Return the number of whole UTC days since 1970-01-01."""
    return to_micros(moment) // MICROS_PER_DAY


def to_midnight(moment: datetime) -> int:
    """Return the beginning of a moment's UTC day, in microseconds since 1970-01-01."""
    return to_day(moment) * MICROS_PER_DAY


def from_day(day: int) -> date:
    """Return the UTC date of a day's number."""
    return date.fromordinal(_EPOCH_DAY + day)


def identifier() -> TypeEngine[str]:
    """Return the type of an identifier, compared byte by byte whatever the locale of the database.

    SQLite does so anyway; a PostgreSQL of most languages passes over punctuation at first.
    """
    return Text().with_variant(Text(collation="C"), "postgresql")


class Pico(TypeDecorator[Decimal]):
    """Decimal in Python, BIGINT of 1e-12 currency units in the database (at most 9.2 million units).

    A SUM over such a column may pass 64 bits, which SQLite refuses: add `column / 1000000` and
    `column % 1000000` apart and put the two sums together in Python.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Write a Decimal as a whole number."""
        return None if value is None else to_pico(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Read a whole number as a Decimal."""
        return None if value is None else from_pico(value)


class Moment(TypeDecorator[datetime]):
    """Datetime with a zone in Python, BIGINT of microseconds since 1970-01-01 UTC in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Write a moment as microseconds."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Read microseconds as a moment in UTC."""
        return None if value is None else from_micros(value)
