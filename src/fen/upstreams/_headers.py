"""Headers that go out with a call."""

from __future__ import annotations

from collections.abc import Iterable

from fen.wire.errors import UpstreamFailed

Headers = Iterable[tuple[str, str]]

_LISTS = frozenset({"anthropic-beta"})
_OWN = frozenset(
    {
        "host",
        "authorization",
        "x-api-key",
        "content-type",
        "content-length",
        "transfer-encoding",
        "connection",
        "accept-encoding",
        "traceparent",
    }
)


def merge(first: Headers, second: Headers) -> dict[str, str]:
    """Return headers of both; a later one replaces its namesake, but lists are joined.

    Raises ValueError for one that no request may carry, or that Fen writes itself.
    """
    merged: dict[str, str] = {}
    for name, value in (*first, *second):
        name = name.lower()  # noqa: PLW2901 (names of headers have no case)
        if not _is_name(name) or name in _OWN or not (value.isascii() and value.isprintable()):
            raise ValueError(f"found the header {name!r}: {value!r}, expected one that a request may carry")
        if name in _LISTS and name in merged:
            items = [item.strip() for item in f"{merged[name]},{value}".split(",")]
            value = ",".join(dict.fromkeys(filter(None, items)))  # noqa: PLW2901 (each beta is named once)
        merged[name] = value
    return merged


def check_key(key: str | None) -> None:
    """Raise ValueError for a key that no header may carry."""
    if key is not None and not (key.isascii() and key.isprintable()):
        raise ValueError("found a key with characters that no header may carry, expected visible ASCII")


def write(first: Headers, second: Headers) -> str:
    """Return the lines of headers of both; raises UpstreamFailed, for the call has not reached anybody."""
    try:
        merged = merge(first, second)
    except ValueError as error:
        raise UpstreamFailed(str(error), reached=False) from None
    return "".join([f"{name}: {value}\r\n" for name, value in merged.items()])


def _is_name(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()
