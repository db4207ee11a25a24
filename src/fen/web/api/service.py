"""What the routes share: the pipeline of the moment and the server's limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from fen.app.arena_door import ArenaDoor
from fen.batch import Batches
from fen.gateway import Pipeline
from fen.routing.feedback import Feedback


class Limits(msgspec.Struct, frozen=True):
    """What one process takes on. Bytes of a body; requests at once."""

    max_body_bytes: int = 32 * 1024 * 1024
    max_in_flight: int = 4096


class Service:
    """Swapped parts behind fixed routes: a reload replaces `pipeline`, streams under way keep theirs.

    ready: returns what is not ready, by name; empty when all is.
    render_metrics: returns the metrics and their content type.
    batches: files and batches; without them there are no such routes.
    degraded: returns what is worse than it should be, by name, though requests are served.
    arena: the way to the arena; without one there are no such routes.
    feedback: what clients say of answers; without it there is no such route.
    gather: returns the metrics of all workers in place of this one's, where there are several.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        limits: Limits,
        ready: Callable[[], Awaitable[dict[str, str]]],
        render_metrics: Callable[[], tuple[bytes, str]],
        batches: Batches | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.limits = limits
        self.ready = ready
        self.render_metrics = render_metrics
        self.batches = batches
        self.arena: ArenaDoor | None = None
        self.feedback: Feedback | None = None
        self.in_flight = 0
        self.degraded: Callable[[], Awaitable[dict[str, str]]] | None = None
        self.gather: Callable[[], Awaitable[tuple[bytes, str]]] | None = None
