"""Groups that import a command's module when the command is used, so that `fen --help` is quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose commands are known by their one line of help until one of them is called.

    summaries: the line by command. package: `PACKAGE.NAME` has the command of that NAME (`_` for `-`), under
    that name or, where the name is Python's own, as `command`.
    """

    def __init__(
        self, *args: Any, summaries: Mapping[str, str], package: str = "fen.cli", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.summaries = summaries
        self.package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which they were given."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is no such name."""
        if cmd_name not in self.summaries:
            return None
        name = cmd_name.replace("-", "_")
        module = import_module(f"{self.package}.{name}")
        command = getattr(module, "command", None) or getattr(module, name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


class DefaultGroup(LazyGroup):
    """A group whose first word may be left out: what is no command of it is taken for `default`'s words."""

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name before words that begin with no command."""
        if not args or (args[0] not in self.summaries and args[0] not in self.get_help_option_names(ctx)):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
