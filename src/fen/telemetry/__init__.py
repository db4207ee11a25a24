"""What operators see: metrics, traces and logs, without a key or a prompt in any of them."""

from fen.telemetry.instruments import Telemetry, open_telemetry
from fen.telemetry.logs import configure_logging
from fen.telemetry.merging import merge_metrics
from fen.telemetry.metrics import Metrics
from fen.telemetry.observers import Observers

__all__ = ["Metrics", "Observers", "Telemetry", "configure_logging", "merge_metrics", "open_telemetry"]
