"""OpenAI's routes, plain ASGI on Starlette."""

from fen.web.api.routes import Api
from fen.web.api.service import Limits, Service

__all__ = ["Api", "Limits", "Service"]
