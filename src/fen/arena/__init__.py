"""The arena: blind battles of two answers, the votes on them, and what the votes say of the models."""

from fen.arena.battle import Answer, Battle, Contender, Pair, Turn

__all__ = ["Answer", "Battle", "Contender", "Pair", "Turn"]
