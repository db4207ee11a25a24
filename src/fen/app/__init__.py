"""The composition root: settings in, ready parts out."""

from fen.app.build import App, open_app
from fen.app.settings import Settings, load_settings
from fen.app.weights import fetch_weights
from fen.telemetry import configure_logging

__all__ = ["App", "Settings", "configure_logging", "fetch_weights", "load_settings", "open_app"]
