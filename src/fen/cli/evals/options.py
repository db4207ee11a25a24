"""Options, and kinds of values, that several commands of `fen eval` have."""

from __future__ import annotations

from pathlib import Path

import click

from fen.accounts import parse_budget
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money

data = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder with the suites' files instead of $FEN_DATA.",
)


class Amount(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """An amount of money with its currency: `2USD`, `10 CNY`."""

    name = "money"

    def convert(self, value: str | Money, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        """Return the amount."""
        if isinstance(value, Money):
            return value
        try:
            budget = parse_budget(value, "run", "")
        except InvalidRequest as error:
            self.fail(error.message, param, ctx)
        if budget.period != "total":
            self.fail(f"found a budget for each {budget.period}, expected one for all: 2USD", param, ctx)
        return budget.limit


class Setting(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """An option of a suite: `SUITE.NAME=VALUE`."""

    name = "suite.name=value"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the option's name, with its suite, and the value."""
        if isinstance(value, tuple):
            return value
        name, equals, given = value.partition("=")
        if not equals or not all(name.partition(".")):
            self.fail(f"found {value!r}, expected SUITE.NAME=VALUE", param, ctx)
        return name, given
