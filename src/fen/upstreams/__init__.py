"""Everything that answers calls: vendors, servers of one's own, the embedded model."""

from fen.upstreams._child_settings import CacheType
from fen.upstreams._commons import Commons
from fen.upstreams.anthropic import AnthropicUpstream
from fen.upstreams.any_llm import AnyLLMUpstream
from fen.upstreams.balance import BalancedUpstream, Habit
from fen.upstreams.download import download
from fen.upstreams.embedded import EmbeddedSettings, EmbeddedUpstream
from fen.upstreams.openai import Dialect, OpenAIUpstream
from fen.upstreams.openai_batches import OpenAIBatches
from fen.upstreams.registry import (
    EnabledVendor,
    enabled,
    find_library,
    find_vendor,
    open_address,
    read_key,
    read_options,
)
from fen.upstreams.vendor import Library, Options, Vendor
from fen.upstreams.vendors import BATCH_NAME, VENDORS
from fen.upstreams.weights import SMOLLM2, Progress, Weights, ensure_weights

__all__ = [
    "BATCH_NAME",
    "SMOLLM2",
    "VENDORS",
    "AnthropicUpstream",
    "AnyLLMUpstream",
    "BalancedUpstream",
    "CacheType",
    "Commons",
    "Dialect",
    "EmbeddedSettings",
    "EmbeddedUpstream",
    "EnabledVendor",
    "Habit",
    "Library",
    "OpenAIBatches",
    "OpenAIUpstream",
    "Options",
    "Progress",
    "Vendor",
    "Weights",
    "download",
    "enabled",
    "ensure_weights",
    "find_library",
    "find_vendor",
    "open_address",
    "read_key",
    "read_options",
]
