"""What supervisor and worker say to each other, one line of JSON each way."""

from __future__ import annotations

from typing import Literal

import msgspec

Pages = Literal["here", "elsewhere", "none"]
"""Whether a process serves pages, or knows who does."""


class Orders(msgspec.Struct, frozen=True):
    """What a worker is told.

    number: which it is, of `workers`. descriptor: the socket that all of them share. folder: where each
    shows its metrics to the others. pages: whether it serves them; pages_port: who does, if another does.
    """

    number: int
    workers: int
    config: str | None
    host: str
    port: int
    descriptor: int
    folder: str
    pages: Pages = "none"
    pages_port: int | None = None


class Served(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a worker says once: that it serves, and whether there is a key; or why it cannot."""

    has_key: bool = False
    error: str | None = None
