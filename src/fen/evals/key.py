"""Under which key an answer is kept: the same call has the same key, in this run and in every later one."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

_POOL = 8
_REST = 16
_encode = msgspec.json.Encoder().encode


def write_body(model: str, body: Mapping[str, object], *, timed: bool) -> bytes:
    """Return the request's JSON text, its members in the order in which the suite wrote them.

    A model reads a tool's schema in its order too, so that another order is another request. A timed one is a
    stream that tells its usage.
    """
    if timed:
        return _encode({"model": model, **body, "stream": True, "stream_options": {"include_usage": True}})
    return _encode({"model": model, **body})


def make_pool(model: str, suite: str, version: str, run: str = "") -> str:
    """Return what the keys of all answers begin with that a model gives to a suite's version.

    run: whose own they are; "" for those that every run may use.
    """
    return blake2b(_encode((model, suite, version, run)), digest_size=_POOL).hexdigest()


def make_key(pool: str, data: bytes, epoch: int, *, timed: bool, continued: bool) -> str:
    """Return the key of the answer to a request in an epoch."""
    digest = blake2b(data, digest_size=_REST)
    digest.update(b"%d %d %d" % (epoch, timed, continued))
    return pool + digest.hexdigest()
