"""Fen: what an answer costs, how good it is, and which model should give it."""

__all__ = ["__version__"]

__version__ = "0.1.0"
