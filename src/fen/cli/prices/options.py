"""Options that the commands about prices have in common."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

import click
import msgspec

from fen.app.price_means import PriceMeans
from fen.catalogue.plan import Machine
from fen.evals.speed.run import Speed
from fen.wire.errors import ConfigError
from fen.wire.money import CURRENCIES, Money
from fen.wire.usage import MOST_TOKENS

tokens_in = click.option(
    "--in",
    "tokens_in",
    type=click.IntRange(0, MOST_TOKENS),
    required=True,
    metavar="N",
    help="Tokens that a request reads, cached ones among them.",
)
tokens_out = click.option(
    "--out",
    "tokens_out",
    type=click.IntRange(0, MOST_TOKENS),
    required=True,
    metavar="M",
    help="Tokens that it writes.",
)
cached = click.option(
    "--cached", type=click.IntRange(0, MOST_TOKENS), default=0, metavar="C", help="Those read from a cache."
)
common = click.option(
    "--common", type=click.Choice(CURRENCIES), help="The common currency, by the rates of [fx]; USD."
)


class Rate(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """A positive number of any size."""

    name = "number"

    def convert(
        self, value: str | Decimal, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the number as it is written."""
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal(0)
        if not number.is_finite() or not 0 < number < Decimal(10**12):
            self.fail(f"found {value!r}, expected a number above 0, such as 2.5", param, ctx)
        return number


class MachineType(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """A machine: `tokens_per_second=900,per_hour=2USD`, or `speed=FILE.json` in the place of the former."""

    name = "machine"
    _KEYS = ("tokens_per_second", "per_hour", "concurrency", "speed")

    def convert(
        self, value: str | Machine, param: click.Parameter | None, ctx: click.Context | None
    ) -> Machine:
        """Return the machine."""
        if isinstance(value, Machine):
            return value
        pairs = [part.partition("=") for part in value.split(",")]
        given = {key.strip(): text.strip() for key, _, text in pairs}
        unknown = [key for key in given if key not in self._KEYS]
        if unknown:
            self.fail(f"found {unknown[0]!r}, expected some of {', '.join(self._KEYS)}", param, ctx)
        if "per_hour" not in given or ("speed" in given) == ("tokens_per_second" in given):
            self.fail(
                f"found {value!r}, expected per_hour=2USD, and tokens_per_second=900 or speed=FILE.json",
                param,
                ctx,
            )
        return self._make(given, param, ctx)

    def _make(
        self, given: dict[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Machine:
        money, number = self._read_money(given["per_hour"], param, ctx), Rate()
        at_once = number.convert(given["concurrency"], param, ctx) if "concurrency" in given else None
        if "tokens_per_second" in given:
            speed = number.convert(given["tokens_per_second"], param, ctx)
            return Machine(speed, money, None if at_once is None else int(at_once))
        try:
            return read_speed(Path(given["speed"]), money, None if at_once is None else int(at_once))
        except ConfigError as error:
            self.fail(error.message, param, ctx)

    def _read_money(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        currency = text[-3:].upper()
        if currency not in CURRENCIES:
            self.fail(f"found per_hour={text!r}, expected an amount with its currency: 2USD", param, ctx)
        return Money(Rate().convert(text[:-3].strip(), param, ctx), currency)


def read_speed(path: Path, per_hour: Money, concurrency: int | None = None) -> Machine:
    """Return the machine that a measurement of `fen eval speed --json` tells of.

    Of its loads without a failure, the one that wrote most tokens a second. Raises ConfigError where there is
    none, or the file is not one.
    """
    try:
        speed = msgspec.json.decode(path.read_bytes(), type=Speed)
    except OSError as error:
        raise ConfigError(
            f"speed: {path}: {error.strerror}, expected what fen eval speed --json wrote"
        ) from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"speed: {path}: {error}, expected what fen eval speed --json wrote") from None
    good = [level for level in speed.levels if not level.failed and level.tokens_per_s > 0]
    if not good:
        raise ConfigError(f"speed: {path}: found no load without failures, expected one")
    best = max(good, key=lambda level: level.tokens_per_s)
    measured = int(best.load) if best.loop == "closed" else None
    source = (
        f"{speed.model}, measured {speed.began:%F} with {best.load:g} {'at once' if measured else 'a second'}"
    )
    return Machine(Decimal(f"{best.tokens_per_s:.6g}"), per_hour, concurrency or measured, source)


def say_rates(means: PriceMeans) -> str:
    """Return by which rates amounts were changed, as a line for a person; nothing where none is stated."""
    if means.common is None:
        return ""
    rates = [f"{r.rate:.6g} {r.quote} per {r.base} of {r.on} ({r.source})" for r in means.common.rates]
    return f"common currency: {'; '.join(rates)}"
