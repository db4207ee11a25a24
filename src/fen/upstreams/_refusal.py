"""What an upstream's refusal means, by its status: the client's own request, Fen's key, or a fault."""

from __future__ import annotations

from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected

# Statuses that speak of the client's own request; the client gets them as they are.
_CLIENTS_OWN = frozenset({400, 404, 405, 409, 413, 415, 422, 429})
_REFUSED_KEY = frozenset({401, 402, 403})


def refuse(status: int, error: ErrorBody, retry_after: str | None) -> UpstreamFailed:
    """Return the error that a status of 300 or more stands for; `retry_after` as the upstream wrote it."""
    if status in _CLIENTS_OWN:
        return UpstreamRejected(status, error, retry_after)
    if status in _REFUSED_KEY:
        return refuse_key(status, error)
    return UpstreamFailed(f"the upstream answered {status}: {error.message}")


def refuse_key(status: int, error: ErrorBody) -> UpstreamFailed:
    """Return the error of an upstream that does not take Fen's key, or whose account cannot pay."""
    message = f"the upstream refused Fen's own key or account ({status}): {error.message}"
    return UpstreamFailed(message, code="upstream_refused_key")
