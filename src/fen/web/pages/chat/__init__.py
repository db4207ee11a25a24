"""The page of chat."""

from fen.web.pages.chat.screen import show

__all__ = ["show"]
