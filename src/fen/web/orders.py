"""What supervisor and worker say to each other, one line of JSON each way."""

from __future__ import annotations

import msgspec


class Orders(msgspec.Struct, frozen=True):
    """What a worker is told.

    number: which it is, of `workers`. descriptor: the socket that all of them share. folder: where each
    shows its metrics to the others.
    """

    number: int
    workers: int
    config: str | None
    host: str
    port: int
    descriptor: int
    folder: str


class Served(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a worker says once: that it serves, and whether there is a key; or why it cannot."""

    has_key: bool = False
    error: str | None = None
