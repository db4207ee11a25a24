"""The instruction hierarchy: whose words count, what is hidden in them, and what is done about it."""

from fen.hierarchy.finding import Finding
from fen.hierarchy.privilege import Piece, Privilege, parse_privilege

__all__ = ["Finding", "Piece", "Privilege", "parse_privilege"]
