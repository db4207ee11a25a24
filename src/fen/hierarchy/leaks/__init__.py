"""How protected texts are found again in an answer, plain or transformed; the door is fen.hierarchy.leak."""

from fen.hierarchy.leaks.protected import Compiled, Protected, compile_texts
from fen.hierarchy.leaks.scanner import Scanner

__all__ = ["Compiled", "Protected", "Scanner", "compile_texts"]
