"""The vocabulary: what every other room speaks, and nothing that does anything."""

from fen.wire import answer, errors, message, money, ports, request, usage

__all__ = ["answer", "errors", "message", "money", "ports", "request", "usage"]
