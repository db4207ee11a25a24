"""What parent and child of the embedded model say to each other, one line of JSON each way."""

from __future__ import annotations

from typing import Literal

import msgspec

CacheType = Literal["f16", "f32", "q8_0"]
"""The kinds of numbers in which llama.cpp may keep the keys and values of what was read."""


class ChildSettings(msgspec.Struct, frozen=True):
    """What the child is told; `context_length` is tokens of each slot, `parent` a process id."""

    key: str
    parent: int
    model: str
    mmproj: str | None
    context_length: int
    slots: int
    threads: int
    gpu_layers: int | None
    embeddings: bool
    loras: tuple[str, ...]
    cache_type: CacheType
    flash_attention: bool | None


class ChildReady(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the child says once: where it listens, or why it cannot."""

    address: str | None = None
    error: str | None = None
