"""Options, and kinds of values, that several commands have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The settings' file instead of $FEN_CONFIG.",
)


class Moment(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """A date or a time, ISO 8601; UTC where it names no zone. A date is its first moment."""

    name = "date"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return an aware datetime."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"found {value!r}, expected a date such as 2026-01-31, or an ISO 8601 time", param, ctx)
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


class Age(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """A number of days, weeks or hours: `90d`, `12w`, `36h`."""

    name = "age"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return how long that is."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,6})([hdw])", value)
        if match is None:
            self.fail(f"found {value!r}, expected a number of hours, days or weeks such as 90d", param, ctx)
        unit = {"h": "hours", "d": "days", "w": "weeks"}[match[2]]
        return timedelta(**{unit: int(match[1])})


class Words(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """Some of a few words, separated by commas."""

    name = "words"

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the words, as the help shows them."""
        return ",".join(self.words)

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the words that were given."""
        given = tuple(value.split(",")) if isinstance(value, str) else value
        for word in given:
            if word not in self.words:
                self.fail(f"found {word!r}, expected some of {', '.join(self.words)}", param, ctx)
        return given
