"""The command line: one thin file per area, no logic."""

from fen.cli.program import main

__all__ = ["main"]
