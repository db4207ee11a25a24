"""The one door to any-llm, which is there with the extra `vendors` alone."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Awaitable
from typing import Any, Protocol, cast

from fen.upstreams.vendor import Library, Options

EXTRA = "vendors"


class Provider(Protocol):
    """What is used of any-llm's providers."""

    client: Any

    def acompletion(self, model: str, messages: list[Any], **members: Any) -> Awaitable[Any]:
        """Return a completion, or an asynchronous iterator of chunks."""
        ...

    def aembedding(self, model: str, inputs: Any, **members: Any) -> Awaitable[Any]:
        """Return embeddings."""
        ...


def has_any_llm() -> bool:
    """Whether the extra is installed; any-llm itself, which takes a second to load, is not loaded."""
    return importlib.util.find_spec("any_llm") is not None


def open_provider(library: Library, base_url: str | None, key: str | None, options: Options) -> Provider:
    """Return any-llm's provider, which does not retry: the gateway does, and knows what is safe.

    Raises ValueError for what is not installed, for a provider that is not known, and for what its client
    cannot be opened with.
    """
    given = dict(options)
    if base_url and library.address is not None:
        given[library.address] = base_url
        base_url = None
    given |= _without_retries(library)
    try:
        from any_llm.any_llm import AnyLLM  # noqa: PLC0415 # pyright: ignore[reportMissingImports, reportUnknownVariableType]

        # It warns, at each call, that AWS' client blocks: Fen gives each of these a thread.
        logging.getLogger("any_llm").setLevel(logging.ERROR)
        create = cast(Any, AnyLLM).create
        return cast(
            Provider, create(library.provider, key, base_url or None, unified_exceptions=True, **given)
        )
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "any_llm":
            raise ValueError(f"found {error}, expected what any-llm's {library.provider} needs") from None
        message = f"found no any-llm-sdk, expected Fen's extra `{EXTRA}`: pip install 'fen[{EXTRA}]'"
        raise ValueError(message) from None
    except Exception as error:  # noqa: BLE001 (the clients of some fifty vendors raise what they like)
        message = f"found that any-llm cannot open {library.provider}: {error}"
        raise ValueError(message) from None


def _without_retries(library: Library) -> Options:
    """Return what turns the retries of a vendor's own client off."""
    if not library.blocks:
        return {"max_retries": 0}
    if importlib.util.find_spec("botocore") is None:
        return {}  # any-llm will say that it is missing
    import botocore.config  # noqa: PLC0415 # pyright: ignore[reportMissingImports] (the guarded door)

    made = botocore.config.Config(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        retries={"total_max_attempts": 1},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_SILENT_SECONDS,
        max_pool_connections=_MOST_CONNECTIONS,
    )
    return {"config": made}


_CONNECT_SECONDS = 10
_SILENT_SECONDS = 600
"""How long a call that nobody waits for any more may wait for its headers: nothing can end it earlier."""

_MOST_CONNECTIONS = 256
