"""How answers were decoded, in words: two scores of different decoding are of different things."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fen.evals.sample import Sample

_ASKED = ("temperature", "top_p", "top_k", "seed", "max_tokens", "max_completion_tokens", "stop", "n")
_UNSAID = "the model's own"


def describe_decoding(samples: Iterable[Sample]) -> str:
    """Return what samples ask of decoding: `temperature 0, max_tokens 512`.

    Where samples differ, numbers are told as `256 to 16,384` and all else as `varies`; a member that only
    some of them ask is said to be. What none of them asks is left to the model.
    """
    asked = [sample.params for sample in samples]
    parts: list[str] = []
    for name in _ASKED:
        values = [params[name] for params in asked if name in params]
        if values:
            some = "" if len(values) == len(asked) else " (some)"
            parts.append(f"{name} {_describe(values)}{some}")
    return ", ".join(parts) or _UNSAID


def _describe(values: list[Any]) -> str:
    first = values[0]
    if all(value == first for value in values):
        return _write(first)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return f"{_write(min(values))} to {_write(max(values))}"
    return "varies"


def _write(value: Any) -> str:
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return f"{value:,}" if isinstance(value, int | float) else repr(value)
