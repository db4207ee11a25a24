"""The composition root: settings in, ready parts out."""

from fen.app.build import App, open_app
from fen.app.settings import Settings, load_settings
from fen.app.weights import fetch_weights

__all__ = ["App", "Settings", "fetch_weights", "load_settings", "open_app"]
