"""What people and programs reach over HTTP."""

from fen.web.server import serve

__all__ = ["serve"]
