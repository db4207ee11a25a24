"""The composition root: settings in, ready parts out."""

from fen.app.asking import Asker, Question, Receipt, open_asker
from fen.app.build import App, open_app
from fen.app.deferred import run_batches
from fen.app.eval_files import open_files
from fen.app.offers import Offers, read_offers
from fen.app.reading import (
    Records,
    describe_budget,
    describe_usage,
    find_request,
    open_records,
)
from fen.app.settings import EMBEDDED, CommandLine, Settings, load_settings
from fen.app.upstreams import UpstreamOffer, list_upstreams
from fen.app.weights import fetch_weights
from fen.telemetry import configure_logging, merge_metrics

__all__ = [
    "EMBEDDED",
    "App",
    "Asker",
    "CommandLine",
    "Offers",
    "Question",
    "Receipt",
    "Records",
    "Settings",
    "UpstreamOffer",
    "configure_logging",
    "describe_budget",
    "describe_usage",
    "fetch_weights",
    "find_request",
    "list_upstreams",
    "load_settings",
    "merge_metrics",
    "open_app",
    "open_asker",
    "open_files",
    "open_records",
    "read_offers",
    "run_batches",
]
