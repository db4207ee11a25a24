"""The embedded model's weights, by settings."""

from __future__ import annotations

from pathlib import Path

from fen.app.settings import Settings
from fen.upstreams import Progress, ensure_weights


def fetch_weights(settings: Settings, progress: Progress) -> Path:
    """Return the weights' path, after fetching them where they are not there yet (blocks).

    Raises UpstreamFailed, naming where the file is expected.
    """
    return ensure_weights(settings.cache, settings.offline, progress)
