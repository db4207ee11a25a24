"""What people and programs reach over HTTP."""

from fen.web.server import serve
from fen.web.workers import supervise

__all__ = ["serve", "supervise"]
