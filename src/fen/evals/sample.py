"""A sample: what is asked of a model, and what its scorer has to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Body = dict[str, Any]
"""A chat request in OpenAI's format, as plain JSON, without its `model`."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a suite.

    id: within its suite, the same in every run. messages: in OpenAI's format. target: what a right answer is,
    as the suite's scorer reads it; plain JSON. params: other members of the request (`max_tokens`,
    `temperature`, `tools`, `stop`). cluster: what the sample shares with others, a passage or a template:
    those of one cluster are not independent. stratum: the fixed group that it is from, a subject. dimension:
    where it is another than its suite's.
    """

    id: str
    messages: tuple[dict[str, Any], ...]
    target: Any = None
    params: Mapping[str, Any] = {}
    cluster: str | None = None
    stratum: str | None = None
    language: str = "en"
    dimension: str | None = None

    def to_body(self) -> Body:
        """Return the request that asks it."""
        return {"messages": list(self.messages), **self.params}
